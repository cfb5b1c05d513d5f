// A JSON schema as a table of fields: one row a field, those of objects below it and further in.

import { escapeHtml, formatSentence } from "./html.ts";
import type { JsonSchema } from "./openapi.ts";

/** Deeper fields are as far in as these. */
const maxIndent = 5;

export function formatFields(schema: JsonSchema): string {
  const rows = [...rowsOf(schema, 0)];
  if (rows.length === 0) return `<p>${typeOf(schema)}</p>`;
  return `<table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>`;
}

function* rowsOf(schema: JsonSchema, depth: number): Generator<string> {
  for (const object of objectsIn(schema)) {
    const { properties = {}, required = [] } = object;
    for (const [name, field] of Object.entries(properties)) {
      const mark = required.includes(name) ? "" : " <em>optional</em>";
      yield (
        `<tr><th scope="row" class="in${Math.min(depth, maxIndent)}"><code>${escapeHtml(name)}</code>${mark}</th>` +
          `<td>${typeOf(field)}</td><td>${formatSentence(field.description ?? "")}</td></tr>`
      );
      yield* rowsOf(field, depth + 1);
    }
  }
}

/** Whose fields are listed: the object itself, that of a list, or those to choose from. */
function objectsIn(schema: JsonSchema): JsonSchema[] {
  const { additionalProperties, allOf, anyOf, items, oneOf, properties } = schema;
  if (properties !== undefined) return [schema];
  const inner = [...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? []), ...(items === undefined ? [] : [items])];
  if (typeof additionalProperties === "object") inner.push(additionalProperties);
  return inner.flatMap(objectsIn);
}

/** In words, as HTML. */
export function typeOf(schema: JsonSchema): string {
  const { additionalProperties, anyOf, const: only, enum: choices, format, items, oneOf, type } = schema;
  const choice = anyOf ?? oneOf;
  if (choice !== undefined) return [...new Set(choice.map(typeOf))].join(" or ");
  if (only !== undefined) return code(only);
  if (choices !== undefined) return `<span class="choices">${upwards(choices).map(code).join(" ")}</span>`;
  if (Array.isArray(type)) return type.map((one: unknown) => typeOf({ ...schema, type: one })).join(" or ");
  if (type === "array") return items === undefined ? "list" : `list of ${typeOf(items)}`;
  if (type === "object") {
    return typeof additionalProperties === "object" ? `object of any name: ${typeOf(additionalProperties)}` : "object";
  }
  if (format === "date-time") return "time";
  if (format === "binary") return "bytes";
  return typeof type === "string" ? escapeHtml(`${words[type] ?? type}${limitsOf(schema)}`) : "anything";
}

const words: Readonly<Record<string, string>> = {
  integer: "whole number",
  number: "number",
  string: "text",
  boolean: "true or false",
};

function limitsOf({ default: given, maxLength, maximum, minimum, type }: JsonSchema): string {
  const isWide = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER;
  const limits = [
    ...(type === "integer" && minimum !== undefined && minimum > 0 ? [`from ${minimum}`] : []),
    ...(isWide ? [] : [`to ${maximum}`]),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(given === undefined ? [] : [`else ${String(given)}`]),
  ];
  return limits.length === 0 ? "" : `, ${limits.join(", ")}`;
}

/** Of an order and the same turned round, the order; the sentence beside it says how to turn it. */
function upwards(choices: readonly unknown[]): readonly unknown[] {
  return choices.filter((choice) => typeof choice !== "string" || !choice.startsWith("-") || !choices.includes(choice.slice(1)));
}

function code(value: unknown): string {
  return `<code>${escapeHtml(String(value))}</code>`;
}
