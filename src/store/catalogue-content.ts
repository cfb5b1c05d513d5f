// What a manifest names, held against what its repository has. Content that may come later gets placeholder rows, in digest order so
// that two writers never wait for each other crosswise; whoever links the bytes turns them present.

import type { Transaction } from "kysely";
import { RegistryError } from "../oci/errors.ts";
import type { Child, Descriptor, ParsedManifest } from "../oci/manifest.ts";
import { isForeignLayerType } from "../oci/media-types.ts";
import { none } from "./catalogue-repository.ts";
import type { Schema } from "./schema.ts";

export interface NamedBlob {
  readonly descriptor: Descriptor;
  readonly role: "config" | "layer";
  /** Its bytes may live elsewhere for good. */
  readonly foreign: boolean;
}

export interface ChildRow {
  readonly digest: string;
  readonly size: number;
  readonly image_bytes: number;
  /** JSON. */
  readonly platforms: string;
}

/** Every blob that the manifest names, once per digest and role, in digest order. */
export function blobsOf(parsed: ParsedManifest): NamedBlob[] {
  const named = new Map<string, NamedBlob>();
  const add = (descriptor: Descriptor, role: NamedBlob["role"]): void => {
    const foreign = isForeignLayerType(descriptor.mediaType) && (descriptor.urls?.length ?? 0) > 0;
    const key = `${descriptor.digest} ${role}`;
    if (!named.has(key)) named.set(key, { descriptor, role, foreign });
  };
  if (parsed.config !== undefined) add(parsed.config, "config");
  for (const layer of parsed.layers) add(layer, "layer");
  for (const child of parsed.children) if (child.kind === "blob") add(child, "layer");
  return [...named.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, blob]) => blob);
}

export function childManifestsOf(parsed: ParsedManifest): Child[] {
  return parsed.children.filter((child) => child.kind === "manifest");
}

export interface CheckedContent {
  readonly blobs: readonly NamedBlob[];
  /** Live children of the repository. */
  readonly children: readonly ChildRow[];
  readonly complete: boolean;
}

interface CheckOptions {
  readonly repositoryId: number;
  readonly parsed: ParsedManifest;
  /** Whether content may be missing: a pull-through repository gets the manifest first. */
  readonly sparse: boolean;
}

/** @throws MANIFEST_BLOB_UNKNOWN with a detail per digest, MANIFEST_INVALID for a wrong size */
export async function checkContent(tx: Transaction<Schema>, options: CheckOptions): Promise<CheckedContent> {
  const { parsed, sparse, repositoryId } = options;
  const blobs = blobsOf(parsed);
  const named = childManifestsOf(parsed);
  const children = await findChildren(tx, repositoryId, named);
  const present = await findPresent(tx, repositoryId, blobs);
  refuseWrongSizes(named, new Map(children.map((child) => [child.digest, child.size])));
  refuseWrongSizes(
    blobs.map(({ descriptor }) => descriptor),
    present,
  );

  const missing = blobs.filter(({ descriptor }) => !present.has(descriptor.digest));
  const absent = missing.filter(({ foreign }) => !foreign);
  if (!sparse) {
    const known = new Set(children.map((child) => child.digest));
    refuseUnknown([...absent.map(({ descriptor }) => descriptor), ...named.filter(({ digest }) => !known.has(digest))]);
  }
  await placeholders(tx, repositoryId, missing);
  return { blobs, children, complete: absent.length === 0 || (await nothingMissing(tx, repositoryId, blobs)) };
}

async function findChildren(tx: Transaction<Schema>, repositoryId: number, named: readonly Child[]): Promise<ChildRow[]> {
  if (named.length === 0) return [];
  return tx
    .selectFrom("manifest")
    .select(["digest", "size", "image_bytes", "platforms"])
    .where("repository_id", "=", repositoryId)
    .where("digest", "in", [...new Set(named.map(({ digest }) => digest))])
    .where("trashed_ms", "=", none)
    .execute();
}

async function findPresent(
  tx: Transaction<Schema>,
  repositoryId: number,
  blobs: readonly NamedBlob[],
): Promise<Map<string, number>> {
  if (blobs.length === 0) return new Map();
  const rows = await tx
    .selectFrom("repository_blob as link")
    .innerJoin("blob", "blob.digest", "link.digest")
    .select(["blob.digest", "blob.size"])
    .where("link.repository_id", "=", repositoryId)
    .where("link.digest", "in", [...new Set(blobs.map(({ descriptor }) => descriptor.digest))])
    .where("link.state", "=", "present")
    .execute();
  return new Map(rows.map((row) => [row.digest, row.size]));
}

function refuseWrongSizes(named: readonly Descriptor[], sizes: ReadonlyMap<string, number>): void {
  for (const { digest, size } of named) {
    const actual = sizes.get(digest);
    if (actual === undefined || actual === size) continue;
    throw new RegistryError("MANIFEST_INVALID", { message: `${digest} has ${actual} bytes, the manifest says ${size}` });
  }
}

function refuseUnknown(unknown: readonly Descriptor[]): void {
  if (unknown.length === 0) return;
  const digests = [...new Set(unknown.map(({ digest }) => digest))];
  const some = digests.slice(0, 3).join(", ");
  throw new RegistryError("MANIFEST_BLOB_UNKNOWN", {
    message: `the manifest names content that this repository does not have: ${some}${digests.length > 3 ? ", …" : ""}`,
    detail: digests.map((digest) => ({ digest })),
  });
}

async function placeholders(tx: Transaction<Schema>, repositoryId: number, missing: readonly NamedBlob[]): Promise<void> {
  // One row per digest: as config and as layer it is the same blob. Not foreign wins: somebody needs the bytes here.
  const states = new Map<string, { digest: string; size: number; state: "missing" | "foreign" }>();
  for (const { descriptor, foreign } of missing) {
    const { digest, size } = descriptor;
    if (!foreign || !states.has(digest)) states.set(digest, { digest, size, state: foreign ? "foreign" : "missing" });
  }
  const rows = [...states.values()];
  if (rows.length === 0) return;
  await tx
    .insertInto("blob")
    .values(rows)
    .onConflict((conflict) => conflict.column("digest").doNothing())
    .execute();
  await tx
    .insertInto("repository_blob")
    .values(rows.map(({ digest, state }) => ({ repository_id: repositoryId, digest, state })))
    .onConflict((conflict) =>
      conflict
        .columns(["repository_id", "digest"])
        .doUpdateSet((eb) => ({ state: eb.ref("excluded.state") }))
        .where((eb) =>
          eb.or([
            eb("repository_blob.state", "=", "trashed"),
            eb.and([
              eb("repository_blob.state", "=", "foreign"),
              eb("excluded.state" as "repository_blob.state", "=", "missing"),
            ]),
          ]),
        ),
    )
    .execute();
}

/** The second look, after the placeholders: another transaction may have linked the bytes in between. */
async function nothingMissing(tx: Transaction<Schema>, repositoryId: number, blobs: readonly NamedBlob[]): Promise<boolean> {
  const missing = await tx
    .selectFrom("repository_blob")
    .select("digest")
    .where("repository_id", "=", repositoryId)
    .where("digest", "in", [...new Set(blobs.map(({ descriptor }) => descriptor.digest))])
    .where("state", "=", "missing")
    .limit(1)
    .executeTakeFirst();
  return missing === undefined;
}
