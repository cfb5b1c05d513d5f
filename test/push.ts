// Pushing images over HTTP as a client does, for tests that are about something else.

import { blobsOf, manifestsOf, type Content, type Image } from "./image.ts";

/** Uploads one blob in a single PUT, or, with `patch`, in one PATCH that a PUT ends, as Docker does. */
export async function pushBlob(
  registry: string,
  repository: string,
  blob: Content,
  { patch = false }: { readonly patch?: boolean } = {},
): Promise<void> {
  const start = await fetch(`${registry}/v2/${repository}/blobs/uploads/`, { method: "POST" });
  await expectStatus(start, 202);
  let location = new URL(start.headers.get("location")!, registry);
  const body = new Uint8Array(blob.bytes);
  const headers = { "content-type": "application/octet-stream" };
  if (patch) {
    const patched = await fetch(location, { method: "PATCH", body, headers });
    await expectStatus(patched, 202);
    location = new URL(patched.headers.get("location")!, registry);
  }
  location.searchParams.set("digest", blob.digest);
  const put = await fetch(location, { method: "PUT", headers, ...(patch ? {} : { body }) });
  await expectStatus(put, 201);
}

export async function putManifest(registry: string, repository: string, reference: string, manifest: Content): Promise<void> {
  const put = await fetch(`${registry}/v2/${repository}/manifests/${reference}`, {
    method: "PUT",
    body: Buffer.from(manifest.bytes),
    headers: { "content-type": manifest.mediaType },
  });
  await expectStatus(put, 201);
}

/** Blobs, then children by digest, then the image itself under each of `tags` (by digest when there is none). */
export async function pushImage(registry: string, repository: string, whole: Image, ...tags: string[]): Promise<void> {
  for (const blob of blobsOf(whole)) await pushBlob(registry, repository, blob);
  for (const part of manifestsOf(whole)) {
    if (part !== whole) await putManifest(registry, repository, part.digest, part);
  }
  for (const reference of tags.length === 0 ? [whole.digest] : tags) await putManifest(registry, repository, reference, whole);
}

async function expectStatus(response: Response, status: number): Promise<void> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.url} answered ${response.status}, not ${status}: ${text}`);
}
