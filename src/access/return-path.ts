// Where a browser goes after it signed in: a place on this server, whoever wrote the link that began it. What would surprise: the check
// is made on what the URL parser makes of the text, because browsers drop, turn and resolve characters before they go anywhere.

import { RegistryError } from "../oci/errors.ts";

const here = "http://here.invalid";
const maxLength = 1000;

/** Path, query and fragment of this server, in the form in which a browser goes there. @throws REQUEST_INVALID for anything else */
export function parseReturnPath(text: string): string {
  const path = text.startsWith("/") && text.length <= maxLength ? normalize(text) : undefined;
  if (path !== undefined && path.length <= maxLength) return path;
  throw new RegistryError("REQUEST_INVALID", {
    message: "the place to return to must be a path on this server, such as /repositories",
  });
}

function normalize(text: string): string | undefined {
  // A backslash is a slash to browsers, and tabs and line ends are nothing to them.
  if (/[\\\p{Cc}]/u.test(text) || !URL.canParse(text, here)) return undefined;
  const { origin, pathname, search, hash } = new URL(text, here);
  // `/.//host` is a path until it is written down as `//host`.
  return origin === here && !pathname.startsWith("//") ? pathname + search + hash : undefined;
}
