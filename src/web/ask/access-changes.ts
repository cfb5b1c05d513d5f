// Changes of who may come in and what they may do. Whatever was changed, all lists of access are asked again: a user who goes takes
// grants and tokens along.

import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import type { GivenRole, GrantSubject } from "../../wire/grants.ts";
import type { NewRobotAnswer } from "../../wire/robots.ts";
import type { RoleName } from "../../wire/access.ts";
import type { TokenAnswer } from "../../wire/tokens.ts";
import { ask } from "./ask.ts";

const nouns = new Set<unknown>(["users", "groups", "robots", "tokens", "grants", "rules", "may", "audit", "session"]);
const encode = encodeURIComponent;

export function useAccessChange<Body, Answer>(send: (body: Body) => Promise<Answer>): UseMutationResult<Answer, Error, Body> {
  const data = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: () => void data.invalidateQueries({ predicate: ({ queryKey }) => nouns.has(queryKey[0]) }),
  });
}

export type AccountKind = "user" | "robot";

interface NewUser {
  readonly name: string;
  readonly password?: string;
  readonly mustChange: boolean;
  readonly administrator: boolean;
  readonly groups: readonly string[];
}
export const addUser = (body: NewUser): Promise<unknown> => ask("/users", { method: "POST", body });

interface NewRobot {
  readonly name: string;
  readonly expiresAt: string | null;
  readonly grants: readonly GivenRole[];
}
export const addRobot = (body: NewRobot): Promise<NewRobotAnswer> => ask("/robots", { method: "POST", body });

export interface AccountChange {
  readonly kind: AccountKind;
  readonly name: string;
  readonly change: {
    readonly groups?: readonly string[];
    readonly disabled?: boolean;
    /** Of robots. */
    readonly expiresAt?: string | null;
    /** Of users: it must be changed at the next sign-in. */
    readonly password?: string;
  };
}
export const changeAccount = ({ kind, name, change }: AccountChange): Promise<unknown> =>
  ask(`/${kind}s/${encode(name)}`, { method: "PATCH", body: change });

export const removeAccount = ({ kind, name }: Pick<AccountChange, "kind" | "name">): Promise<void> =>
  ask(`/${kind}s/${encode(name)}`, { method: "DELETE" });

export const signUserOut = (name: string): Promise<void> => ask(`/users/${encode(name)}/sessions`, { method: "DELETE" });

interface NewToken {
  /** Absent: one's own. */
  readonly of?: string;
  readonly name: string;
  readonly role: RoleName | null;
  readonly expiresAt: string | null;
  /** All others of its owner are void in the same instant. */
  readonly replace?: boolean;
}
export const addToken = (body: NewToken): Promise<TokenAnswer> => ask("/tokens", { method: "POST", body });
export const revokeToken = (id: number): Promise<void> => ask(`/tokens/${id}`, { method: "DELETE" });

export const addGrant = (body: GivenRole & { readonly to: GrantSubject }): Promise<unknown> =>
  ask("/grants", { method: "POST", body });
export const removeGrant = (id: number): Promise<void> => ask(`/grants/${id}`, { method: "DELETE" });

export const addRule = (body: { readonly repositoryPattern: string; readonly tagPattern: string }): Promise<unknown> =>
  ask("/rules", { method: "POST", body });
export const removeRule = (id: number): Promise<void> => ask(`/rules/${id}`, { method: "DELETE" });
