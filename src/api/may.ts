// What somebody may do with a repository or a tag, and why: /api/v1/may, and the `may` of items.

import type { Directory, Member } from "../access/directory.ts";
import { isAdmin, isAllowed, type Principal } from "../access/principal.ts";
import type { Action, Grant } from "../access/rights.ts";
import { RegistryError } from "../oci/errors.ts";
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from "../oci/reference.ts";
import { mayAnswer, mayQuery, type May } from "../wire/access.ts";
import { refuse, type Identity } from "./identity.ts";
import { defineRoute } from "./route.ts";

/** `tag`: one that exists there. Rules that keep it where it is hold for everybody. */
export function mayOf(
  principal: Principal,
  directory: Pick<Directory, "isImmutable">,
  repository: string,
  tag: string | undefined,
): May {
  const name = repository as RepositoryName;
  const stays = tag !== undefined && directory.isImmutable(repository, tag);
  return {
    pull: isAllowed(principal, "pull", name),
    push: isAllowed(principal, "push", name),
    overwrite: !stays && isAllowed(principal, "overwrite", name),
    delete: !stays && isAllowed(principal, "delete", name),
    admin: isAllowed(principal, "admin", name),
  };
}

export const mayRoute = defineRoute({
  path: "/api/v1/may",
  access: "read",
  summary: "Whether somebody may do something, and why: the grant that allows it, or what is missing",
  query: mayQuery,
  answer: mayAnswer,
  async handle({ access }, { query: { who, action, repository, tag }, identity }) {
    const name = parseRepositoryName(repository);
    const subject = await findSubject(access.directory, identity, who, name);
    const about = { action, repository: name, tag: tag === undefined ? undefined : parseTag(tag) };
    const { allowed, reason, grant } = explain(access.directory, subject, about);
    return {
      who: subject.principal.name,
      action,
      repository: name,
      tag: tag ?? null,
      allowed,
      reason,
      grant: grant === undefined ? null : { ...grant },
    };
  },
});

type Subject = Pick<Identity, "principal" | "member">;

/** Of others it is for those who could change it. @throws UNAUTHORIZED, DENIED, NOT_FOUND */
async function findSubject(
  directory: Directory,
  { principal, member }: Identity,
  who: string | undefined,
  repository: RepositoryName,
): Promise<Subject> {
  if (who === undefined || who === principal.name) return { principal, member };
  if (who === "anonymous") return { principal: directory.anonymous() };
  if (!isAllowed(principal, "admin", repository))
    refuse(principal, `what others may do in '${repository}' is for its administrators`);
  const other = await directory.memberByName(who);
  if (other === undefined) throw new RegistryError("NOT_FOUND", { message: `there is no user or robot '${who}'` });
  // The groups of others are for administrators of the registry.
  return { principal: other.principal, member: isAdmin(principal) ? other : { ...other, groups: [] } };
}

interface About {
  readonly action: Action;
  readonly repository: RepositoryName;
  readonly tag: Tag | undefined;
}
interface Explanation {
  readonly allowed: boolean;
  readonly reason: string;
  readonly grant?: Grant | undefined;
}

/** The same decisions as at every door, told. */
function explain(directory: Directory, { principal, member }: Subject, { action, repository, tag }: About): Explanation {
  const { name, rights, limits } = principal;
  if (member?.barred !== undefined) return { allowed: false, reason: `${name} is ${member.barred} and cannot come in` };
  if ((action === "overwrite" || action === "delete") && tag !== undefined && directory.isImmutable(repository, tag)) {
    return { allowed: false, reason: `an immutable rule keeps the tag ${tag} of ${repository} where it is, for everybody` };
  }
  if (directory.isOpen()) return { allowed: true, reason: "nobody has been given any right yet, so everybody may do everything" };
  if (principal.kind === "system") return { allowed: true, reason: "the console of the machine may do everything" };
  const grant = rights.grantOf(action, repository);
  if (grant === undefined) return { allowed: false, reason: missingReason(principal, member, action, repository) };
  if (limits?.may(action, repository) === false) {
    return { allowed: false, reason: `${name} may, but not with this token: it is for one role only`, grant };
  }
  const { id, role, pattern, to, overwrite } = grant;
  const how = role === "push" && !overwrite ? "push without overwriting" : role;
  return { allowed: true, reason: `grant ${id} gives ${how} on ${pattern} to ${to}`, grant };
}

function missingReason(
  { name, kind, rights }: Principal,
  member: Member | undefined,
  action: Action,
  repository: string,
): string {
  if (action === "overwrite" && rights.may("push", repository)) {
    return `${name} may push to ${repository} but not move tags that exist: the grants say so`;
  }
  if (kind === "anonymous") return `no grant to everyone gives ${action} on ${repository}`;
  const groups = (member?.groups ?? []).map((group) => `group ${group}`);
  const holders = [`${kind} ${name}`, ...groups.slice(0, 20), "everyone"];
  return `no grant to ${holders.slice(0, -1).join(", ")} or ${holders.at(-1)} gives ${action} on ${repository}`;
}
