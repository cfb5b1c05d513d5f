// Where a text stops being JSON. JSON.parse says so only sometimes, and with a piece of the text that may hold a password.

const gapPattern = /[ \t\r\n]*/y;
const tokenPattern =
  /(?:([{}[\]:,])|("(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/uy;

/** What may come next; `first` states may also end what they are in. */
type Expected = "value" | "first value" | "name" | "first name" | "colon" | "more";

/** The line, from 1, of the first thing that cannot stand there; undefined: it is JSON. Linear in the length. */
export function findJsonMistake(text: string): number | undefined {
  const open: string[] = [];
  let expected: Expected = "value";
  let at = 0;
  const line = (): number => text.slice(0, at).split("\n").length;
  for (;;) {
    gapPattern.lastIndex = at;
    gapPattern.test(text);
    at = gapPattern.lastIndex;
    if (expected === "more" && open.length === 0) return at === text.length ? undefined : line();
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    const next: Expected | undefined =
      match === null ? undefined : follow(expected, match[1] ?? (match[2] === undefined ? "value" : "string"), open);
    if (next === undefined) return line();
    expected = next;
    at = tokenPattern.lastIndex;
  }
}

function follow(expected: Expected, token: string, open: string[]): Expected | undefined {
  if (expected === "colon") return token === ":" ? "value" : undefined;
  if (expected === "name" || expected === "first name") {
    if (token === "string") return "colon";
    return expected === "first name" && token === "}" ? close(open) : undefined;
  }
  if (expected === "more") {
    if (token === ",") return open.at(-1) === "{" ? "name" : "value";
    return token === (open.at(-1) === "{" ? "}" : "]") ? close(open) : undefined;
  }
  if (token === "{" || token === "[") {
    open.push(token);
    return token === "{" ? "first name" : "first value";
  }
  if (token === "]" && expected === "first value") return close(open);
  return token === "string" || token === "value" ? "more" : undefined;
}

function close(open: string[]): Expected {
  open.pop();
  return "more";
}
