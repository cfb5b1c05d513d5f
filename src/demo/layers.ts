// Layers of the demo: real tar archives in gzip without compression, which every version of zlib writes alike. Bytes are made again
// whenever they are asked for, so that the whole demo never lies in memory.

import { gzipSync } from "node:zlib";
import { digestOf, type Digest } from "../oci/digest.ts";
import { randomBytes } from "./random.ts";

export interface DemoBlob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  bytes(): Buffer;
}

export interface DemoLayer extends DemoBlob {
  /** Digest of the tar. */
  readonly diffId: Digest;
}

export const layerTypes = {
  oci: "application/vnd.oci.image.layer.v1.tar+gzip",
  docker: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

export interface LayerRecipe {
  /** The same name gives the same bytes. */
  readonly name: string;
  readonly files: readonly string[];
  /** Bytes of all files together, about. */
  readonly size: number;
  readonly mediaType?: string;
}

/** Layers by recipe, each hashed once. */
export class LayerShelf {
  readonly #layers = new Map<string, DemoLayer>();

  layer(recipe: LayerRecipe): DemoLayer {
    const { mediaType = layerTypes.oci, name } = recipe;
    const key = `${mediaType} ${name}`;
    let layer = this.#layers.get(key);
    if (layer === undefined) {
      const tar = writeTar(recipe);
      const zipped = gzip(tar);
      layer = {
        mediaType,
        digest: digestOf(zipped),
        diffId: digestOf(tar),
        size: zipped.length,
        bytes: () => gzip(writeTar(recipe)),
      };
      this.#layers.set(key, layer);
    }
    return layer;
  }
}

export function toBlob(mediaType: string, bytes: Buffer): DemoBlob {
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes: () => bytes };
}

function writeTar({ files, name, size }: LayerRecipe): Buffer {
  const each = Math.max(16, Math.floor(size / files.length));
  const blocks = files.flatMap((file) => {
    const content = randomBytes(`${name} ${file}`, each);
    return [writeHeader(file, content.length), content, Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]);
}

const blockSize = 512;

function writeHeader(file: string, size: number): Buffer {
  const header = Buffer.alloc(blockSize);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
  const fields: readonly (readonly [at: number, text: string])[] = [
    [0, file],
    [100, octal(0o644, 8)],
    [108, octal(0, 8)],
    [116, octal(0, 8)],
    [124, octal(size, 12)],
    [136, octal(0, 12)],
    [148, "        0"],
    [257, "ustar\x0000"],
  ];
  for (const [at, text] of fields) header.write(text, at, "latin1");
  header.write(
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      7,
    ),
    148,
  );
  return header;
}

/** The header's byte for the operating system differs between machines. */
function gzip(bytes: Buffer): Buffer {
  const zipped = gzipSync(bytes, { level: 0 });
  zipped[9] = 255;
  return zipped;
}
