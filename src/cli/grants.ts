// Whom rights are given to, as people write it and as the API does, and what is given, in a line.

import { RegistryError } from "../oci/errors.ts";
import type { z } from "zod";
import { grantsAnswer, type grantItem } from "../wire/grants.ts";
import type { Account } from "../wire/users.ts";
import type { Server } from "./server.ts";
import type { Column } from "./table.ts";
import { showAgo } from "./human.ts";

export type GrantItem = z.infer<typeof grantItem>;
type Subject = GrantItem["to"];

const groupPrefix = "group:";

/** everyone, group:NAME, or the name of a user or robot. */
export function parseSubject(text: string): Subject {
  if (text === "everyone" || text === "anonymous") return { everyone: true };
  return text.startsWith(groupPrefix) ? { group: text.slice(groupPrefix.length) } : { account: text };
}

export function showSubject(subject: Subject): string {
  if ("everyone" in subject) return "everyone";
  return "group" in subject ? `${groupPrefix}${subject.group}` : subject.account;
}

export function isSame(one: Subject, other: Subject): boolean {
  return showSubject(one) === showSubject(other);
}

/** push, or what it is when tags that exist stay where they are. */
export function showRole({ overwrite, role }: Pick<GrantItem, "role" | "overwrite">): string {
  return role === "push" && !overwrite ? "push (new tags)" : role;
}

export function grantColumns(nowMs: number): Column<GrantItem>[] {
  return [
    { header: "ID", cell: ({ id }) => String(id), align: "right" },
    { header: "TO", cell: ({ to }) => showSubject(to) },
    { header: "ROLE", cell: showRole },
    { header: "REPOSITORIES", cell: ({ pattern }) => pattern },
    { header: "GIVEN", cell: ({ createdAt }) => showAgo(createdAt, nowMs), optional: true },
    { header: "BY", cell: ({ createdBy }) => createdBy ?? "-", optional: true },
  ];
}

/** Whether it holds for somebody: it is their own, one of their groups' or everyone's. */
export function holdsFor({ to }: GrantItem, { groups, name }: Pick<Account, "groups" | "name">): boolean {
  if ("everyone" in to) return true;
  return "group" in to ? groups.includes(to.group) : to.account === name;
}

/** All of them that `isWanted`; there are not many. */
export async function readGrants(server: Server, isWanted: (grant: GrantItem) => boolean): Promise<GrantItem[]> {
  const found: GrantItem[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await server.get("/api/v1/grants", { limit: 1000, cursor }, grantsAnswer);
    found.push(...page.items.filter(isWanted));
    cursor = page.nextCursor;
    if (cursor === undefined) return found;
  }
}

/** A number, as lists show it. @throws REQUEST_INVALID */
export function parseId(text: string, list: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new RegistryError("REQUEST_INVALID", { message: `'${text}' is not a number: \`${list}\` shows them, under ID` });
}
