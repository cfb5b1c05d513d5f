// Media types that the registry decides by. Unknown config, layer and artifact types are welcome; unknown manifest types are not.

export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociIndex = "application/vnd.oci.image.index.v1+json";
export const dockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
export const dockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

export function isImageManifestType(mediaType: string): boolean {
  return mediaType === ociManifest || mediaType === dockerManifest;
}
export function isIndexType(mediaType: string): boolean {
  return mediaType === ociIndex || mediaType === dockerList;
}
export function isManifestType(mediaType: string): boolean {
  return isImageManifestType(mediaType) || isIndexType(mediaType);
}

const foreignLayers = new Set([
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  "application/vnd.docker.image.rootfs.foreign.diff.tar",
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
]);

/** Layers whose bytes may live elsewhere: they need not be in the repository. */
export function isForeignLayerType(mediaType: string): boolean {
  return foreignLayers.has(mediaType);
}
