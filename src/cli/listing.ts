// What all lists have in common: flags, paging, a table or JSON. A page is printed before the next is asked for, so that a list of any
// length takes the memory of one page.

import { InvalidArgumentError, Option, type Command } from "commander";
import type { z } from "zod";
import { maxLimit } from "../wire/page.ts";
import type { Environment } from "./environment.ts";
import { showCount } from "./human.ts";
import { noteMoment } from "./moment-notes.ts";
import type { Query, Server } from "./server.ts";
import { Table, type Column } from "./table.ts";

export interface ListFlags {
  readonly search?: string;
  readonly sort?: string;
  readonly limit: number;
  readonly all?: true;
  readonly json?: true;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string | undefined;
  readonly total?: number | undefined;
  /** Of items with counts. */
  readonly asOf?: string | null | undefined;
  readonly replaying?: boolean | undefined;
  readonly orderedAsOf?: string | undefined;
}

export interface Listing<Item> {
  readonly path: string;
  readonly query: Query;
  readonly answer: z.ZodType<Page<Item>>;
  readonly columns: readonly Column<Item>[];
  /** Plural. */
  readonly noun: string;
  /** When there is not one, and nothing was searched for. */
  readonly empty: string;
  /** Its items have no names to be searched. */
  readonly nameless?: true;
  /** An item with what is known of it from elsewhere. */
  readonly complete?: (item: Item) => Item;
}

const defaultLimit = 100;

/** What a header of a table is called in the API. */
type FieldsByHeader = Readonly<Record<string, string>>;

/** @param sorts as in the API, `-` in front for the greatest first; `headers` in small letters without spaces, for who types what is seen */
export function addListFlags(command: Command, sorts: readonly string[], headers: FieldsByHeader = {}): Command {
  addSearchFlag(command);
  const fields = sorts.filter((sort) => !sort.startsWith("-")).join(", ");
  const parseSort = (text: string): string => {
    const [, minus = "", name = ""] = /^(-?)(.*)$/s.exec(text.toLowerCase().replaceAll(" ", "")) ?? [];
    const wanted = `${minus}${headers[name] ?? name}`.toLowerCase();
    const sort = sorts.find((each) => each.toLowerCase() === wanted);
    if (sort !== undefined) return sort;
    throw new InvalidArgumentError(`Give one of ${fields}, with - in front for the greatest first.`);
  };
  command.option("--sort <field>", `order, with - in front the greatest first: ${fields}`, parseSort);
  return addPageFlags(command);
}

export function addSearchFlag(command: Command): Command {
  return command.option("--search <text>", "only names that contain this, whatever the case");
}

export function addPageFlags(command: Command): Command {
  return command
    .addOption(new Option("--limit <number>", "how many at most").default(defaultLimit).argParser(parseLimit).conflicts("all"))
    .option("--all", "everything, however long it is");
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number of at least 1.");
}

/** Prints the list as the flags ask for. */
export async function printListing<Item>(
  environment: Environment,
  server: Server,
  listing: Listing<Item>,
  flags: ListFlags,
): Promise<void> {
  const { stdout, stderr } = environment;
  const most = flags.all === true ? Number.POSITIVE_INFINITY : flags.limit;
  const format = flags.json === true ? jsonFormatter<Item>() : tableFormatter(environment, listing.columns);
  let printed = 0;
  let total: number | undefined;
  let cursor: string | undefined;
  for (;;) {
    const counting = flags.json !== true && flags.all !== true && printed === 0;
    const query = {
      ...listing.query,
      search: flags.search,
      sort: flags.sort,
      limit: Math.min(maxLimit, most - printed),
      cursor,
      total: counting ? true : undefined,
    };
    const answer: Page<Item> = await server.get(listing.path, query, listing.answer);
    const page = listing.complete === undefined ? answer : { ...answer, items: answer.items.map(listing.complete) };
    printed += page.items.length;
    total ??= page.total;
    cursor = page.nextCursor;
    const last = cursor === undefined || printed >= most;
    await stdout.write(format(page, last));
    if (!last) continue;
    if (flags.json === true) return;
    if (printed === 0)
      await stderr.write(`${flags.search === undefined ? listing.empty : noMatch(listing.noun, flags.search)}\n`);
    else if (cursor !== undefined) {
      await stderr.write(
        `${showCount(printed)} of ${showCount(total)} ${listing.noun}; --all shows all${listing.nameless === true ? "" : ", --search some of them"}\n`,
      );
    }
    if (printed > 0) await noteMoment(stderr, page);
    return;
  }
}

function noMatch(noun: string, search: string): string {
  return `none of the ${noun} contains '${search}'`;
}

type Formatter<Item> = (page: Page<Item>, last: boolean) => string;

function tableFormatter<Item>({ stdout }: Environment, columns: readonly Column<Item>[]): Formatter<Item> {
  const table = new Table(columns, stdout.isTerminal ? stdout.columns : Number.POSITIVE_INFINITY);
  return ({ items }) => (items.length === 0 ? "" : table.format(items));
}

/** One document in the shape of one page, an item a line: all items, then what the last page says besides. */
function jsonFormatter<Item>(): Formatter<Item> {
  let printed = 0;
  return ({ items, ...rest }, last) => {
    const start = printed === 0 ? '{"items":[' : "";
    const lines = items.map((item) => `${printed++ === 0 ? "" : ","}\n${JSON.stringify(item)}`).join("");
    // What comes before the last page is in the document already.
    const { prevCursor: _, ...end } = rest as Record<string, unknown>;
    const tail = JSON.stringify(end).slice(1);
    return `${start}${lines}${last ? `\n]${tail === "}" ? "" : ","}${tail}\n` : ""}`;
  };
}
