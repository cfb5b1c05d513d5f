// Which scheme a registry is spoken to with: TLS always, unless its URL says http or it is on this machine.

import { createRegistryError } from "../oci/errors.ts";
import { isLoopbackHost } from "./address-guard.ts";

/**
 * `https://host[:port]`, `http://host[:port]`, or a bare `host[:port]`: https, and http for localhost, *.localhost, 127/8 and ::1, or for
 * any bare host when `plainHttp`. @throws REQUEST_INVALID
 */
export function parseRegistryUrl(text: string, plainHttp = false): URL {
  const bare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const full = bare ? `https://${text}` : text;
  if (!URL.canParse(full)) throw invalid("is not a URL", text);
  const url = new URL(full);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw invalid("is not an http or https URL", text);
  if (url.username !== "" || url.password !== "") throw invalid("holds a user name: credentials are given apart", url.host);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") throw invalid("has more than a host and a port", text);
  // a new URL, not another protocol for this one: :443 was dropped from it as the default
  return bare && (plainHttp || isLoopbackHost(url.hostname)) ? new URL(`http://${text}`) : url;
}

function invalid(what: string, text: string): Error {
  const shown = text.slice(0, 200).replace(/\/\/[^/]*@/, "//…@");
  return createRegistryError("REQUEST_INVALID", {
    message: `'${shown}' ${what}: write https://registry.example.org or http://127.0.0.1:5000`,
  });
}
