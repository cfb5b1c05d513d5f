// What the palette finds: what a text names exactly, and a few repositories, tags and digests that are like it. What would surprise: to
// whom all is visible the indexes over the whole registry are walked; for anybody else, or below a name, it is repository by repository,
// so that no amount of what is hidden costs anything but the walk over the names.

import { sql, type RawBuilder, type SqlBool, type Transaction } from "kysely";
import { isDigest } from "../oci/digest.ts";
import { isDigestStart, type PastedReference } from "../oci/pasted-reference.ts";
import { isTag } from "../oci/reference.ts";
import type { Database } from "./database.ts";
import { nameContains, nameVisible } from "./list-search.ts";
import type { Schema } from "./schema.ts";

export interface SearchRequest {
  readonly text: string;
  /** What the text may name, the likeliest first. */
  readonly candidates: readonly PastedReference[];
  /** Those of them that name something of ours. */
  readonly ours: readonly PastedReference[];
  readonly visible: readonly string[] | undefined;
  /** Hits of each kind. */
  readonly limit: number;
}

export interface FoundPlace {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export interface SearchResult {
  readonly place: FoundPlace | undefined;
  readonly repositories: readonly { readonly name: string }[];
  readonly tags: readonly { readonly repository: string; readonly tag: string }[];
  readonly digests: readonly { readonly repository: string; readonly digest: string }[];
}

/** Of a text of many words only so many are looked up. */
const maxCandidates = 20;
/** Fewer digits than these are in too many digests. */
const leastDigits = 6;

interface Look {
  readonly tx: Transaction<Schema>;
  readonly engine: Database["engine"];
  readonly visible: readonly string[] | undefined;
  readonly limit: number;
}

export function searchContent(db: Database, { text, candidates, ours, visible, limit }: SearchRequest): Promise<SearchResult> {
  return db.snapshot(async (tx) => {
    const look = { tx, engine: db.engine, visible, limit };
    const word = /\s/.test(text.trim()) ? undefined : text.trim();
    const [likeliest] = candidates;
    const name = likeliest?.repository ?? word;
    const below = likeliest?.tag === undefined && likeliest?.digest === undefined ? undefined : likeliest.repository;
    const tag = likeliest?.tag ?? (word !== undefined && isTag(word) ? word : undefined);
    const digest = likeliest?.digest ?? (word === undefined ? undefined : digestStart(word));
    return {
      place: await findPlace(look, ours.slice(0, maxCandidates)),
      repositories: name === undefined ? [] : await findNames(look, name),
      tags: tag === undefined ? [] : await findTags(look, tag, below),
      digests: digest === undefined ? [] : await findDigests(look, digest, below),
    };
  });
}

function digestStart(word: string): string | undefined {
  const lower = word.toLowerCase();
  if (isDigestStart(lower)) return lower.length >= "sha256:".length + leastDigits ? lower : undefined;
  return new RegExp(`^[0-9a-f]{${leastDigits},128}$`).test(lower) ? lower : undefined;
}

function visibleRepository({ visible }: Look): RawBuilder<SqlBool> {
  const name = sql.ref<string>("repository.name");
  return sql<SqlBool>`repository.deleted_ms = 0 and repository.updated_ms > 0 and ${nameVisible(name, visible)}`;
}

/** The first of them that is here, the whole of it. */
async function findPlace(look: Look, candidates: readonly PastedReference[]): Promise<FoundPlace | undefined> {
  for (const { repository, tag, digest } of candidates) {
    const found = await look.tx
      .selectFrom("repository")
      .select("id")
      .where("name", "=", repository)
      .where(visibleRepository(look))
      .executeTakeFirst();
    if (found === undefined) continue;
    const hasTag =
      tag !== undefined &&
      (await isThere(look, sql`select 1 from tag where repository_id = ${found.id} and name = ${tag} and end_ms = 0`));
    if (digest === undefined) {
      if (tag === undefined || hasTag) return { repository, tag, digest };
      continue;
    }
    const manifest = sql`select 1 from manifest where repository_id = ${found.id} and digest = ${digest} and trashed_ms = 0`;
    // The digest decides; the tag beside it may have moved on.
    if (isDigest(digest) && (await isThere(look, manifest))) return { repository, tag: hasTag ? tag : undefined, digest };
  }
  return undefined;
}

async function isThere({ tx }: Look, query: RawBuilder<unknown>): Promise<boolean> {
  return (await query.execute(tx)).rows.length > 0;
}

/** The same name first, then what begins with it, then what has a part that does, then what contains it. */
async function findNames(look: Look, text: string): Promise<{ name: string }[]> {
  const lower = text.toLowerCase();
  const name = sql.ref<string>("repository.name");
  const position = look.engine === "sqlite" ? sql`instr(${name}, ${lower})` : sql`strpos(${name}, ${lower})`;
  const partPosition = look.engine === "sqlite" ? sql`instr(${name}, ${`/${lower}`})` : sql`strpos(${name}, ${`/${lower}`})`;
  const rank = sql<number>`case when ${name} = ${lower} then 0 when ${position} = 1 then 1 when ${partPosition} > 0 then 2 else 3 end`;
  return look.tx
    .selectFrom("repository")
    .select("repository.name")
    .where(visibleRepository(look))
    .where(nameContains(look.engine, name, lower))
    .orderBy(rank)
    .orderBy(sql`length(${name})`)
    .orderBy("repository.name")
    .limit(look.limit)
    .execute();
}

/** The same tag first, the latest of them; then what begins with it. */
async function findTags(look: Look, tag: string, below: string | undefined): Promise<{ repository: string; tag: string }[]> {
  const find = async (range: RawBuilder<SqlBool>, order: RawBuilder<unknown>, limit: number) => {
    const { rows } = await sql<{ repository: string; tag: string }>`
      select repository.name as repository, tag.name as tag from ${joined(look, "tag", below)}
      where repository.id = tag.repository_id and tag.end_ms = 0 and ${range} and ${within(look, below)} order by ${order} limit ${limit}
    `.execute(look.tx);
    return rows.map((row) => ({ repository: row.repository, tag: row.tag }));
  };
  const same = await find(sql`tag.name = ${tag}`, sql`tag.id desc`, look.limit);
  const rest = look.limit - same.length;
  if (rest === 0) return same;
  // Behind every character that a tag can have.
  const more = await find(sql`tag.name > ${tag} and tag.name < ${`${tag}\x7f`}`, sql`tag.name, tag.id`, rest);
  return [...same, ...more];
}

async function findDigests(
  look: Look,
  start: string,
  below: string | undefined,
): Promise<{ repository: string; digest: string }[]> {
  const found: { repository: string; digest: string }[] = [];
  for (const begin of start.includes(":") ? [start] : [`sha256:${start}`, `sha512:${start}`]) {
    const { rows } = await sql<{ repository: string; digest: string }>`
      select repository.name as repository, manifest.digest from ${joined(look, "manifest", below)}
      where repository.id = manifest.repository_id and manifest.trashed_ms = 0 and manifest.digest >= ${begin} and manifest.digest < ${`${begin}g`} and ${within(look, below)}
      order by manifest.digest, manifest.repository_id limit ${look.limit - found.length}
    `.execute(look.tx);
    found.push(...rows.map(({ repository, digest }) => ({ repository, digest })));
  }
  return found;
}

/** CROSS JOIN keeps SQLite at the table that stands first. */
function joined({ visible }: Look, table: "tag" | "manifest", below: string | undefined): RawBuilder<unknown> {
  const of = sql.table(table);
  return visible === undefined && below === undefined ? sql`${of} cross join repository` : sql`repository cross join ${of}`;
}

function within(look: Look, below: string | undefined): RawBuilder<SqlBool> {
  return sql<SqlBool>`${visibleRepository(look)} and ${nameContains(look.engine, sql.ref("repository.name"), below)}`;
}
