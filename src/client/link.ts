// The Link header (RFC 8288), as far as lists need it. What would surprise: of the link to the next page only the query is used, on
// our own path: registries behind proxies write wrong hosts, paths and names into it, and no page may lead to another host.

export interface Link {
  readonly target: string;
  /** Names in lower case; of several with one name the first, as the RFC wants. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Every link of one header value, in order. Never throws: what cannot be read ends the list. */
export function parseLinks(header: string): Link[] {
  const links: Link[] = [];
  let at = 0;
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(header)?.[0] ?? "";
    at += found.length;
    return found;
  };
  for (;;) {
    skip(/[\s,]*/y);
    const target = skip(/<[^>]*>/y);
    if (target === "") return links;
    const parameters = new Map<string, string>();
    for (;;) {
      skip(/\s*/y);
      if (skip(/;/y) === "") break;
      skip(/[\s;]*/y);
      const name = skip(/[^\s=;,"<>]+/y).toLowerCase();
      skip(/\s*/y);
      const value = skip(/[=]/y) === "" ? "" : readValue(skip);
      if (name !== "" && !parameters.has(name)) parameters.set(name, value);
    }
    links.push({ target: target.slice(1, -1).trim(), parameters });
    skip(/[^,]*/y); // what is left of a parameter that nobody can read
  }
}

function readValue(skip: (pattern: RegExp) => string): string {
  skip(/\s*/y);
  if (skip(/"/y) === "") return skip(/[^\s;,"]*/y);
  const quoted = skip(/(?:[^"\\]|\\.)*/sy);
  skip(/\\?"?/y); // without its closing quote a value goes to the end (RFC 8288 appendix B.4)
  return quoted.replace(/\\(.)/gs, "$1");
}

/** Our own `path` with the query of the link to the next page, unchanged; undefined: this was the last page. */
export function nextPage(header: string | undefined, path: string): string | undefined {
  const isNext = ({ parameters }: Link): boolean => (parameters.get("rel") ?? "").toLowerCase().split(/\s+/).includes("next");
  const target = header === undefined ? undefined : parseLinks(header).find(isNext)?.target;
  const query = target?.split("#", 1)[0]?.split("?").slice(1).join("?");
  return query ? `${path}?${query}` : undefined;
}
