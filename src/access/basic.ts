// The Authorization header of a request, taken apart (RFC 9110, section 11.6.2; RFC 7617).

export type Authorization =
  | { readonly scheme: "bearer"; readonly token: string }
  | { readonly scheme: "basic"; readonly name: string; readonly secret: string };

const form = /^(\S+) +([A-Za-z0-9._~+/-]+=*)$/;

/** Undefined: none, or Basic with neither name nor password, by which some clients say that they have none. "malformed": anything else. */
export function parseAuthorization(header: string | undefined): Authorization | "malformed" | undefined {
  if (header === undefined || header === "") return undefined;
  const [, scheme = "", value = ""] = form.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return { scheme: "bearer", token: value };
  if (scheme.toLowerCase() !== "basic") return "malformed";
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1 || text.includes("\uFFFD") || text.includes("\0")) return "malformed";
  const name = text.slice(0, colon);
  const secret = text.slice(colon + 1);
  return name === "" && secret === "" ? undefined : { scheme: "basic", name, secret };
}
