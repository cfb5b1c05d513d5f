// Everything that the catalogue keeps up, counted again from the rows it is derived from.

import { isForeignLayerType } from "../../src/oci/media-types.ts";
import type { Database } from "../../src/store/database.ts";

async function readAll(db: Database) {
  return db.snapshot(async (tx) => ({
    repositories: await tx.selectFrom("repository").selectAll().execute(),
    manifests: await tx.selectFrom("manifest").selectAll().execute(),
    bodies: await tx.selectFrom("manifest_body").select("manifest_id").execute(),
    edges: await tx.selectFrom("manifest_edge").selectAll().execute(),
    parts: await tx.selectFrom("manifest_blob").selectAll().execute(),
    blobs: await tx.selectFrom("blob").selectAll().execute(),
    links: await tx.selectFrom("repository_blob").selectAll().execute(),
    tags: await tx.selectFrom("tag").selectAll().orderBy("id").execute(),
  }));
}
type Rows = Awaited<ReturnType<typeof readAll>>;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function imageBytes(rows: Rows, manifest: Rows["manifests"][number]): number {
  const sizes = rows.parts
    .filter((part) => part.manifest_id === manifest.id && !isForeignLayerType(part.media_type))
    .map((part) => [part.digest, part.size] as const);
  const children = new Set(
    rows.edges.filter((edge) => edge.parent_id === manifest.id && edge.kind === "child").map((edge) => edge.child_digest),
  );
  const ofChildren = rows.manifests.filter(
    (child) => child.repository_id === manifest.repository_id && children.has(child.digest),
  );
  const all = manifest.size + sum([...new Map(sizes).values()]) + sum(ofChildren.map((child) => child.image_bytes));
  return Math.min(all, Number.MAX_SAFE_INTEGER);
}

function tagEdges(rows: Rows): string[] {
  const expected = rows.tags
    .filter((tag) => tag.end_ms === 0)
    .flatMap((tag) => {
      const [, hex, suffix] = /^sha256-([a-f0-9]{64})(\.sig|\.att|\.sbom)?$/.exec(tag.name) ?? [];
      return hex === undefined ? [] : [`${tag.manifest_id} ${suffix === undefined ? "fallback" : "cosign"} sha256:${hex}`];
    });
  return [...new Set(expected)].toSorted();
}

/** Mistakes, in words; [] when all is well. `births` are the ids that the events left alive, e.g. "tag 3". */
export async function recount(db: Database, births?: ReadonlySet<string>): Promise<string[]> {
  const rows = await readAll(db);
  const mistakes: string[] = [];
  const same = (what: string, kept: unknown, counted: unknown): void => {
    if (JSON.stringify(kept) !== JSON.stringify(counted))
      mistakes.push(`${what}: ${JSON.stringify(kept)}, recounted ${JSON.stringify(counted)}`);
  };
  const active = rows.tags.filter((tag) => tag.end_ms === 0);
  const live = rows.manifests.filter((manifest) => manifest.trashed_ms === 0);

  for (const { id, name, tag_count, manifest_count, bytes } of rows.repositories) {
    const own = live.filter((manifest) => manifest.repository_id === id);
    const present = rows.links.filter((link) => link.repository_id === id && link.state === "present");
    const blobBytes = present.map((link) => rows.blobs.find((blob) => blob.digest === link.digest)!.size);
    same(`tags of ${name}`, tag_count, active.filter((tag) => tag.repository_id === id).length);
    same(`manifests of ${name}`, manifest_count, own.length);
    same(`bytes of ${name}`, bytes, sum(own.map((manifest) => manifest.size)) + sum(blobBytes));
  }
  for (const manifest of rows.manifests) {
    const { id, digest, repository_id } = manifest;
    same(`tags on ${digest}`, manifest.tag_count, active.filter((tag) => tag.manifest_id === id).length);
    same(`image bytes of ${digest}`, manifest.image_bytes, imageBytes(rows, manifest));
    same(`body of ${digest}`, rows.bodies.filter((body) => body.manifest_id === id).length, 1);
    if (manifest.trashed_ms !== 0) continue;
    const parts = rows.parts.filter((part) => part.manifest_id === id).map((part) => part.digest);
    const states = rows.links
      .filter((link) => link.repository_id === repository_id && parts.includes(link.digest))
      .map((link) => link.state);
    same(`${digest} complete`, manifest.complete_ms !== 0, !states.includes("missing"));
    same(`${digest} names deleted blobs`, states.includes("trashed"), false);
  }
  for (const tag of active) {
    const target = live.find((manifest) => manifest.id === tag.manifest_id);
    same(
      `tag ${tag.name}`,
      [tag.digest, tag.bytes, tag.repository_id],
      [target?.digest, target?.image_bytes, target?.repository_id],
    );
  }
  for (const link of rows.links) {
    const blob = rows.blobs.find(({ digest }) => digest === link.digest);
    if (link.state === "present") same(`bytes of ${link.digest}`, [blob?.state, blob?.key !== ""], ["present", true]);
  }
  for (const epoch of new Set(rows.tags.map((tag) => tag.epoch))) {
    const life = rows.tags.filter((tag) => tag.epoch === epoch);
    same(`first row of epoch ${epoch}`, life[0]!.id, epoch);
    same(`names of epoch ${epoch}`, new Set(life.map((tag) => `${tag.repository_id} ${tag.name}`)).size, 1);
    for (const [i, tag] of life.slice(1).entries()) {
      const before = life[i]!;
      // After a deletion that was undone the name was nowhere for a while, and comes back on the same image.
      const undone = before.end_reason === "deleted" && before.end_ms <= tag.start_ms && before.digest === tag.digest;
      if (!undone) same(`tag ${tag.id} goes on`, [before.end_reason, before.end_ms], ["moved", tag.start_ms]);
    }
  }
  const kept = rows.edges.filter((edge) => edge.kind === "fallback" || edge.kind === "cosign");
  same("edges by tag", kept.map((edge) => `${edge.parent_id} ${edge.kind} ${edge.child_digest}`).toSorted(), tagEdges(rows));
  if (births !== undefined) {
    const ids = [
      ...rows.repositories.filter((repository) => repository.updated_ms !== 0).map(({ id }) => `repository ${id}`),
      ...live.map(({ id }) => `manifest ${id}`),
      ...active.map(({ epoch }) => `tag ${epoch}`),
    ];
    same("what lives by events", [...births].toSorted(), ids.toSorted());
  }
  return mistakes;
}
