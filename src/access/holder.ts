// From what was issued to somebody back to them as they are now.

import type { Directory, MemberToken } from "./directory.ts";
import type { Limits, Principal } from "./principal.ts";
import type { Holder } from "./registry-token.ts";

export type HolderDirectory = Pick<Directory, "anonymous" | "member" | "token" | "used">;

/** Undefined: they may not come in any more, or have changed what ends everything that was issued before. */
export function findHolder(directory: HolderDirectory, holder: Holder): Principal | undefined | Promise<Principal | undefined> {
  if (holder.principalId === 0) return directory.anonymous();
  if (holder.secretHash !== undefined) return findBySecret(directory, holder, holder.secretHash);
  const member = directory.member(holder.principalId);
  return member instanceof Promise ? member.then((found) => accept(directory, holder, found)) : accept(directory, holder, member);
}

type Found = Awaited<ReturnType<Directory["member"]>>;

function findBySecret(
  directory: HolderDirectory,
  holder: Holder,
  hash: string,
): Principal | undefined | Promise<Principal | undefined> {
  const token = directory.token(hash);
  return token instanceof Promise
    ? token.then((found) => withToken(directory, holder, found))
    : withToken(directory, holder, token);
}

function withToken(directory: HolderDirectory, holder: Holder, token: MemberToken | undefined): Principal | undefined {
  return accept(directory, holder, token?.member, token?.id) && token!.principal;
}

function accept(directory: HolderDirectory, holder: Holder, member: Found, tokenId?: number): Principal | undefined {
  if (member === undefined || member.principal.id !== holder.principalId) return undefined;
  if (member.generation !== holder.generation || member.barred !== undefined) return undefined;
  directory.used(member, tokenId);
  return member.principal;
}

/** `principal` within one more limit. */
export function narrow(principal: Principal, limits: Limits): Principal {
  const { limits: own } = principal;
  if (own === undefined) return { ...principal, limits };
  return {
    ...principal,
    limits: {
      may: (action, repository) => own.may(action, repository) && limits.may(action, repository),
      catalog: own.catalog && limits.catalog,
    },
  };
}
