// What every list of /api/v1 is asked with and answers with.

import { z } from "zod";

export const maxLimit = 1000;
const defaultLimit = 100;
/** Skipping rows costs a look at each of them. */
export const maxOffset = 100_000;
const maxCursorLength = 2000;
const maxSearchLength = 200;

/** A time on the wire: ISO 8601, UTC. */
export const time = z.iso.datetime().describe("ISO 8601, UTC");
export const count = z.int().min(0);
export const repositoryParameter = z
  .string()
  .min(1)
  .max(255)
  .describe("Name of the repository; it holds slashes, so it travels here");
const flag = z.enum(["true", "false"]).transform((text) => text === "true");
export const optionalFlag = flag.optional();

export const limitParameter = z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit).describe("Items of one page");
export const cursorParameter = z
  .string()
  .max(maxCursorLength)
  .optional()
  .describe("`nextCursor` or `prevCursor` of an answer to the same question");

export const registryParameter = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .describe("Name of another registry, see /api/v1/registries; absent: our own");

/** Field names and the same with - in front. */
export function bothWays<const Field extends string>(fields: readonly Field[]): (Field | `-${Field}`)[] {
  return [...fields, ...fields.map((field) => `-${field}` as const)];
}

/** The parameters of a list that can be sorted by these fields, up or down. */
// eslint-disable-next-line typescript/explicit-module-boundary-types -- the type is the schema
export function listParameters<const Field extends string>(fields: readonly Field[], defaultSort: NoInfer<Field | `-${Field}`>) {
  return {
    search: z
      .string()
      .max(maxSearchLength)
      .regex(/^[^\0]*$/)
      .optional()
      .describe("Only what contains this, whatever the case"),
    sort: z
      .enum(bothWays(fields), { error: `give one of ${fields.join(", ")}, with - in front for the greatest first` })
      .default(defaultSort as never)
      .describe("Field, with - in front for the greatest first; ties go by age"),
    limit: limitParameter,
    cursor: cursorParameter,
    offset: z.coerce
      .number()
      .int()
      .min(0)
      .max(maxOffset, { error: `at most ${maxOffset}: beyond that follow nextCursor, or search` })
      .optional()
      .describe("Instead of a cursor: so many items are left out at the beginning. Writes elsewhere shift such a page"),
    total: optionalFlag.describe("true: also count everything that the filters let through"),
  };
}

/** The envelope of a page. */
// eslint-disable-next-line typescript/explicit-module-boundary-types -- the type is the schema
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().optional().describe("Absent on the last page"),
    prevCursor: z.string().optional().describe("Absent on the first page"),
    total: count.optional().describe("With total=true"),
  });
}

/** When counts hold. */
export const moment = {
  asOf: time.nullable().describe("Every pull answered until then is in the counts; null when pulls are not counted"),
  replaying: z.boolean().describe("The journal of an earlier run is still being read: counts may still grow"),
};

/** The envelope of a page whose items have counts. */
// eslint-disable-next-line typescript/explicit-module-boundary-types -- the type is the schema
export function countedPageOf<Item extends z.ZodType>(item: Item) {
  return pageOf(item).extend({
    ...moment,
    orderedAsOf: time.optional().describe("Present when so much is new that the order by a count is that of this earlier time"),
  });
}

/** `-pulls` → pulls, descending. */
export function parseSort<Field extends string>(sort: Field | `-${Field}`): { sort: Field; descending: boolean } {
  const descending = sort.startsWith("-");
  return { sort: (descending ? sort.slice(1) : sort) as Field, descending };
}
