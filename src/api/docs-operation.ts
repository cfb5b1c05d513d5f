// One route of the API page: who may, what it takes, what it answers, what goes wrong.

import { formatFields, typeOf } from "./docs-schema.ts";
import { escapeHtml, formatSentence } from "./html.ts";
import type { OpenApiOperation, OpenApiParameter } from "./openapi.ts";

export interface Operation extends OpenApiOperation {
  readonly path: string;
  /** In capitals. */
  readonly method: string;
}

export function formatOperation(operation: Operation): string {
  const { operationId, method, parameters, path, requestBody, responses, summary } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  return `<section id="${operationId}" aria-labelledby="${operationId}-title">
<h3 id="${operationId}-title"><a href="#${operationId}"><b class="${method.toLowerCase()}">${method}</b> <code>${formatPath(path)}</code></a></h3>
<p>${formatSentence(summary)}.</p>
<p class="who">${escapeHtml(operation["x-access"])}</p>
${parameters.length === 0 ? "" : formatParameters(parameters)}
${body === undefined ? "" : `<h4>Body</h4>\n${formatFields(body)}`}
${formatAnswers(responses)}
${formatErrors(responses)}
</section>`;
}

/** Long paths may break behind a slash. */
function formatPath(path: string): string {
  return escapeHtml(path).replaceAll("/", "/<wbr>");
}

function formatParameters(parameters: readonly OpenApiParameter[]): string {
  const rows = parameters.map(
    ({ name, in: place, required, schema, description = "" }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code>${required ? " <em>required</em>" : ""}</th>` +
      `<td>${typeOf(schema)}${place === "path" ? " <i>in the path</i>" : ""}</td><td>${formatSentence(description)}</td></tr>`,
  );
  return `<h4>Parameters</h4>
<table><thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>`;
}

const isGood = (status: string): boolean => Number(status) < 400;

function formatAnswers(responses: Operation["responses"]): string {
  return Object.entries(responses)
    .filter(([status]) => isGood(status))
    .map(([status, { content = {} }]) => {
      const types = Object.keys(content);
      const schema = content["application/json"]?.schema;
      const what =
        types.length === 0
          ? status === "302"
            ? "sends the browser elsewhere"
            : "nothing"
          : types.map((type) => `<code>${escapeHtml(type)}</code>`).join(" or ");
      return `<h4>Answer ${escapeHtml(status)}: ${what}</h4>\n${schema === undefined ? "" : formatFields(schema)}`;
    })
    .join("\n");
}

function formatErrors(responses: Operation["responses"]): string {
  const errors = Object.entries(responses).filter(([status]) => !isGood(status));
  if (errors.length === 0) return "";
  const items = errors.map(
    ([status, { description }]) =>
      `<li><b>${status === "default" ? "else" : escapeHtml(status)}</b> ${escapeHtml(description)}</li>`,
  );
  return `<h4>Errors</h4>\n<ul class="errors">${items.join("")}</ul>`;
}
