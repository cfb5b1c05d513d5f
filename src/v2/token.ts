// `/v2/token`, where clients get what they show with their requests: by GET with Basic (distribution: docs/spec/auth/token), or by POST with a
// form (docs/spec/auth/oauth). It stands below /v2 so that a proxy which forwards only that forwards it, too.

import { parseAuthorization } from "../access/basic.ts";
import type { TokenQuestion } from "../access/token-service.ts";
import { readBody } from "../http/request-body.ts";
import { RegistryError } from "../oci/errors.ts";
import { answerJson, type Exchange, type RouteHandler } from "./exchange.ts";

/** Some hundred scopes and a token. */
const maxFormBytes = 32 * 1024;
/** They mean something only once. */
const singular = ["grant_type", "username", "password", "refresh_token", "access_type"];

export const getToken: RouteHandler<"token"> = (exchange) => {
  const { req, route } = exchange;
  const { query } = route;
  return answerToken(exchange, {
    scopes: query?.getAll("scope") ?? [],
    offline: query?.get("offline_token") === "true",
    credential: credentialOfHeader(req.headers.authorization),
  });
};

export const postToken: RouteHandler<"token"> = async (exchange) => {
  const { req, res } = exchange;
  if (req.headers.authorization !== undefined) invalid("the credentials belong into the form, not into a header as well");
  const type = req.headers["content-type"]?.split(";", 1)[0]!.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    throw new RegistryError("REQUEST_INVALID", { status: 415, message: "the body must be application/x-www-form-urlencoded" });
  }
  const form = new URLSearchParams((await readBody(req, res, maxFormBytes)).toString("utf8"));
  for (const name of singular) if (form.getAll(name).length > 1) invalid(`${name} is given more than once`);
  await answerToken(exchange, {
    scopes: form.getAll("scope"),
    offline: form.get("access_type") === "offline",
    credential: credentialOfForm(form),
  });
};

async function answerToken(exchange: Exchange<"token">, question: TokenQuestion): Promise<void> {
  const { access } = exchange.door;
  try {
    const token = await access.tokens.issue(question, exchange.caller);
    answerJson(exchange, token, ["Cache-Control", "no-store", "Pragma", "no-cache"]);
  } catch (error) {
    throw error instanceof RegistryError && error.code === "UNAUTHORIZED" ? refused(error.message) : error;
  }
}

function credentialOfHeader(header: string | undefined): TokenQuestion["credential"] {
  const authorization = parseAuthorization(header);
  if (authorization === undefined) return undefined;
  if (authorization !== "malformed" && authorization.scheme === "basic") return authorization;
  throw refused("the token service takes Basic with a name and a password or token");
}

function credentialOfForm(form: URLSearchParams): TokenQuestion["credential"] {
  switch (form.get("grant_type")) {
    case "password": {
      const name = form.get("username") ?? "";
      const secret = form.get("password") ?? "";
      return name === "" && secret === "" ? undefined : { name, secret };
    }
    case "refresh_token":
      return { refreshToken: form.get("refresh_token") ?? "" };
    default:
      return invalid("grant_type must be password or refresh_token");
  }
}

/** Here, and only here, Basic is what is wanted. */
function refused(message: string): RegistryError {
  return new RegistryError("UNAUTHORIZED", { message, headers: { "WWW-Authenticate": 'Basic realm="registry"' } });
}

function invalid(message: string): never {
  throw new RegistryError("REQUEST_INVALID", { message });
}
