// Users, robots, tokens, grants and rules as lists for those who administer them.

import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { Database } from "./database.ts";
import { KeysetPage, pageByColumns, type Content, type List, type ListRequest } from "./list-page.ts";
import { countContent } from "./list-repositories.ts";
import { nameContains, nameVisible } from "./list-search.ts";
import type { AccessGrantTable, Role } from "./schema-access.ts";

export interface PrincipalItem {
  readonly id: number;
  readonly name: string;
  readonly kind: "user" | "robot";
  readonly groups: readonly string[];
  /** How a user signs in. */
  readonly signIn: "password" | "provider" | "tokens";
  readonly mustChange: boolean;
  readonly createdMs: number;
  readonly createdBy: string;
  /** 0: never; so are the others. */
  readonly expiresMs: number;
  readonly disabledMs: number;
  readonly lastUsedMs: number;
  /** Neither revoked nor expired. */
  readonly tokens: number;
}
export type PrincipalSort = "name" | "createdAt" | "lastUsedAt";
export type PrincipalListRequest = ListRequest<PrincipalSort> & {
  readonly kind: "user" | "robot";
  /** Only this one. */
  readonly name?: string | undefined;
  readonly nowMs: number;
};

const principalColumns = { name: "name", createdAt: "created_ms", lastUsedAt: "last_used_ms" } as const;

/** @throws PAGE_INVALID */
export function listPrincipals(db: Database, request: PrincipalListRequest): Promise<List<PrincipalItem>> {
  const search = nameContains(db.engine, sql.ref("content.name"), request.search);
  const exactly = request.name === undefined ? sql`1 = 1` : sql`content.name = ${request.name}`;
  const where = sql<SqlBool>`content.deleted_ms = 0 and content.kind = ${request.kind} and ${search} and ${exactly}`;
  const column = principalColumns[request.sort];
  const page = new KeysetPage(request, [request.sort === "name" ? "text" : "number", "number"]);
  const content: Content = { table: "principal", repositoryId: undefined, where };
  return db.snapshot(async (tx) => {
    const found = await tx
      .selectFrom(pageByColumns(content, [column, "id"], page).as("page"))
      .innerJoin("principal", "principal.id", "page.id")
      .select(["page.key0", "page.key1", "page.key2", "principal.id", "name", "kind", "external", "password_hash", "must_change"])
      .select(["created_ms", "created_by", "expires_ms", "disabled_ms", "last_used_ms"])
      .select(
        sql<number>`(select count(*) from token where token.principal_id = principal.id and revoked_ms = 0
          and (token.expires_ms = 0 or token.expires_ms > ${request.nowMs}))`.as("tokens"),
      )
      .execute();
    const groups = await tx
      .selectFrom("principal_group")
      .selectAll()
      .where("principal_id", "in", [0, ...found.map(({ id }) => id)])
      .orderBy("name")
      .execute();
    const answer = page.answer(found, (row) => ({
      id: row.id,
      name: row.name,
      kind: row.kind,
      groups: groups.flatMap((group) => (group.principal_id === row.id ? group.name : [])),
      signIn:
        row.external !== "" ? ("provider" as const) : row.password_hash !== "" ? ("password" as const) : ("tokens" as const),
      mustChange: row.must_change === 1,
      createdMs: row.created_ms,
      createdBy: row.created_by,
      expiresMs: row.expires_ms,
      disabledMs: row.disabled_ms,
      lastUsedMs: row.last_used_ms,
      tokens: row.tokens,
    }));
    return { ...answer, total: request.total === true ? await countContent(tx, content) : undefined };
  });
}

export interface TokenItem {
  readonly id: number;
  readonly owner: string;
  readonly ownerKind: "user" | "robot";
  readonly name: string;
  /** "": all that its owner may. */
  readonly role: Role | "";
  readonly createdMs: number;
  readonly createdBy: string;
  readonly expiresMs: number;
  readonly lastUsedMs: number;
}
export type TokenListRequest = Omit<ListRequest<"createdAt">, "sort" | "search"> & {
  /** Name of a user or robot; undefined: of all. */
  readonly owner?: string | undefined;
  /** Only this one. */
  readonly id?: number | undefined;
};

/** Those that were not revoked, in the order in which they were made. @throws PAGE_INVALID */
export function listTokens(db: Database, request: TokenListRequest): Promise<List<TokenItem>> {
  const owned =
    request.owner === undefined
      ? sql`1 = 1`
      : sql`content.principal_id in (select id from principal where name = ${request.owner} and deleted_ms = 0)`;
  const exactly = request.id === undefined ? sql`1 = 1` : sql`content.id = ${request.id}`;
  const where = sql<SqlBool>`content.revoked_ms = 0 and ${owned} and ${exactly}`;
  const content: Content = { table: "token", repositoryId: undefined, where };
  const page = new KeysetPage({ ...request, sort: "createdAt" }, ["number"]);
  return db.snapshot(async (tx) => {
    const found = await tx
      .selectFrom(pageByColumns(content, ["id"], page).as("page"))
      .innerJoin("token", "token.id", "page.id")
      .innerJoin("principal", "principal.id", "token.principal_id")
      .select(["page.key0", "page.key1", "page.key2", "token.id", "principal.name as owner", "principal.kind as owner_kind"])
      .select(["token.name", "role", "token.created_ms", "token.created_by", "token.expires_ms", "token.last_used_ms"])
      .execute();
    const answer = page.answer(found, (row) => ({
      id: row.id,
      owner: row.owner,
      ownerKind: row.owner_kind,
      name: row.name,
      role: row.role,
      createdMs: row.created_ms,
      createdBy: row.created_by,
      expiresMs: row.expires_ms,
      lastUsedMs: row.last_used_ms,
    }));
    return { ...answer, total: request.total === true ? await countContent(tx, content) : undefined };
  });
}

export interface GrantItem {
  readonly id: number;
  readonly subjectKind: AccessGrantTable["subject_kind"];
  /** Of the user, robot or group; "" of everyone. */
  readonly subject: string;
  readonly role: Role;
  readonly pattern: string;
  readonly overwrite: boolean;
  readonly createdMs: number;
  readonly createdBy: string;
}
export type GrantListRequest = Omit<ListRequest<"createdAt">, "sort" | "search"> & {
  /** Those of one user or robot, without those of their groups. */
  readonly principal?: string | undefined;
  readonly group?: string | undefined;
} & Within;

/** Only what lies within these patterns; undefined: all. */
interface Within {
  readonly within?: readonly string[] | undefined;
}

/** @throws PAGE_INVALID */
export function listGrants(db: Database, request: GrantListRequest): Promise<List<GrantItem>> {
  const tests: RawBuilder<unknown>[] = [nameVisible(sql.ref("content.pattern"), request.within)];
  if (request.principal !== undefined) {
    tests.push(sql`content.subject_kind = 'principal'`);
    tests.push(sql`content.principal_id in (select id from principal where name = ${request.principal} and deleted_ms = 0)`);
  }
  if (request.group !== undefined) tests.push(sql`content.subject_kind = 'group' and content.group_name = ${request.group}`);
  const content: Content = {
    table: "access_grant",
    repositoryId: undefined,
    where: sql<SqlBool>`${sql.join(tests, sql` and `)}`,
  };
  const page = new KeysetPage({ ...request, sort: "createdAt" }, ["number"]);
  return db.snapshot(async (tx) => {
    const found = await tx
      .selectFrom(pageByColumns(content, ["id"], page).as("page"))
      .innerJoin("access_grant", "access_grant.id", "page.id")
      .leftJoin("principal", "principal.id", "access_grant.principal_id")
      .select(["page.key0", "page.key1", "page.key2", "access_grant.id", "subject_kind", "principal.name", "group_name"])
      .select(["role", "pattern", "overwrite", "access_grant.created_ms", "access_grant.created_by"])
      .execute();
    const answer = page.answer(found, (row) => ({
      id: row.id,
      subjectKind: row.subject_kind,
      subject: row.name ?? row.group_name,
      role: row.role,
      pattern: row.pattern,
      overwrite: row.overwrite === 1,
      createdMs: row.created_ms,
      createdBy: row.created_by,
    }));
    return { ...answer, total: request.total === true ? await countContent(tx, content) : undefined };
  });
}

export interface RuleItem {
  readonly id: number;
  readonly repositoryPattern: string;
  readonly tagPattern: string;
  readonly createdMs: number;
  readonly createdBy: string;
}

/** @throws PAGE_INVALID */
export function listRules(
  db: Database,
  request: Omit<ListRequest<"createdAt">, "sort" | "search"> & Within,
): Promise<List<RuleItem>> {
  const where = nameVisible(sql.ref("content.repository_pattern"), request.within);
  const content: Content = { table: "immutable_rule", repositoryId: undefined, where };
  const page = new KeysetPage({ ...request, sort: "createdAt" }, ["number"]);
  return db.snapshot(async (tx) => {
    const found = await tx
      .selectFrom(pageByColumns(content, ["id"], page).as("page"))
      .innerJoin("immutable_rule", "immutable_rule.id", "page.id")
      .select(["page.key0", "page.key1", "page.key2", "immutable_rule.id", "repository_pattern", "tag_pattern"])
      .select(["created_ms", "created_by"])
      .execute();
    const answer = page.answer(found, (row) => ({
      id: row.id,
      repositoryPattern: row.repository_pattern,
      tagPattern: row.tag_pattern,
      createdMs: row.created_ms,
      createdBy: row.created_by,
    }));
    return { ...answer, total: request.total === true ? await countContent(tx, content) : undefined };
  });
}

/** Undefined: there is none with this id. */
export async function findGrant(
  db: Database,
  id: number,
): Promise<{ readonly pattern: string; readonly role: Role; readonly principalId: number } | undefined> {
  const columns = ["pattern", "role", "principal_id as principalId"] as const;
  return db.query.selectFrom("access_grant").select(columns).where("id", "=", id).executeTakeFirst();
}

/** Of its repositories; undefined: there is none with this id. */
export async function patternOfRule(db: Database, id: number): Promise<string | undefined> {
  const found = await db.query.selectFrom("immutable_rule").select("repository_pattern").where("id", "=", id).executeTakeFirst();
  return found?.repository_pattern;
}
