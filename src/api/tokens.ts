// /api/v1/tokens: one's own, and for administrators everybody's. What would surprise: whoever came with a token cannot make another one,
// or a token that is about to expire would live for ever.

import { isAdmin } from "../access/principal.ts";
import type { NewToken } from "../access/tokens.ts";
import { createSecret } from "../access/secret.ts";
import { RegistryError } from "../oci/errors.ts";
import { listTokens, type TokenItem } from "../store/access-lists.ts";
import { idParams } from "../wire/access.ts";
import { tokenAnswer, tokenBody, tokensAnswer, tokensQuery } from "../wire/tokens.ts";
import { parseExpiry } from "./accounts.ts";
import { authorOf, refuse, unauthorized, type Identity } from "./identity.ts";
import { defineRoute } from "./route.ts";
import { toPageEnd, toTextOrNull, toTime, toTimeOrNull } from "./show.ts";

export const tokens = defineRoute({
  path: "/api/v1/tokens",
  access: "read",
  summary: "Your tokens, or those of somebody else; never their secrets",
  query: tokensQuery,
  answer: tokensAnswer,
  async handle({ db }, { query: { of, all = false, ...page }, identity }) {
    if (all && !isAdmin(identity.principal)) refuse(identity.principal, "the tokens of others are for administrators");
    const owner = all ? undefined : ownerOf(identity, of);
    const list = await listTokens(db, { ...page, owner, descending: false });
    return { items: list.items.map(toToken), ...toPageEnd(list) };
  },
});

export const addToken = defineRoute({
  method: "POST",
  path: "/api/v1/tokens",
  access: "read",
  summary: "Makes a token; its secret is in this answer and nowhere else",
  body: tokenBody,
  answer: tokenAnswer,
  async handle({ access, db, now }, { body: { of, name, role, expiresAt, replace }, identity }) {
    const owner = ownerOf(identity, of);
    if (identity.tokenId !== undefined && !isAdmin(identity.principal)) {
      throw new RegistryError("DENIED", { message: "a token cannot make tokens: come with your password" });
    }
    const expiresMs = parseExpiry(expiresAt, now());
    const { text, hash } = createSecret();
    const token: NewToken = { owner, name, secretHash: hash, role: role ?? "", expiresMs };
    const id = await (replace ? access.tokens.rotate : access.tokens.add)(token, authorOf(identity));
    const { items } = await listTokens(db, { id, limit: 1, descending: false });
    if (items[0] === undefined)
      throw new RegistryError("CONFLICT", { message: "the token was revoked at once by somebody else" });
    return { ...toToken(items[0]), secret: text };
  },
});

export const revokeToken = defineRoute({
  method: "DELETE",
  path: "/api/v1/tokens/{id}",
  access: "read",
  summary: "Revokes a token: it is void at once",
  params: idParams,
  async handle({ access }, { params: { id }, identity }) {
    const { principal, tokenId } = identity;
    if (principal.limits !== undefined && tokenId !== id) {
      throw new RegistryError("DENIED", { message: "a token for one role can only revoke itself" });
    }
    await access.tokens.revoke(id, isAdmin(principal) ? undefined : ownerOf(identity, undefined), authorOf(identity));
  },
});

/** @throws UNAUTHORIZED, DENIED */
function ownerOf({ principal, member }: Identity, of: string | undefined): string {
  if (of !== undefined && of !== member?.principal.name) {
    if (!isAdmin(principal)) refuse(principal, "the tokens of others are for administrators");
    return of;
  }
  if (member === undefined) throw unauthorized("say whose token: `of`");
  return member.principal.name;
}

function toToken(row: TokenItem) {
  return {
    id: row.id,
    of: row.owner,
    name: row.name,
    role: row.role === "" ? null : row.role,
    createdAt: toTime(row.createdMs),
    createdBy: toTextOrNull(row.createdBy),
    expiresAt: toTimeOrNull(row.expiresMs),
    lastUsedAt: toTimeOrNull(row.lastUsedMs),
  };
}
