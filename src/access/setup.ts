// The way in for the very first user: a secret that is printed when the registry starts, good for one user, who becomes its
// administrator, and only while nobody has any right.

import { randomBytes } from "node:crypto";
import { RegistryError } from "../oci/errors.ts";
import type { Author } from "../store/access-changes.ts";
import type { Directory } from "./directory.ts";
import type { Members } from "./members.ts";
import { checkPasswordRules, hashPassword } from "./password.ts";
import { isSameSecret } from "./secret.ts";

export interface Setup {
  /** To be shown where only who runs the registry sees it. Undefined: there is nothing to set up. */
  readonly token: string | undefined;
  /** Whether `token` would be taken now. */
  isValid(token: string): boolean;
  /** @throws NOT_FOUND when the token is wrong, or was good once; REQUEST_INVALID, CONFLICT */
  use(token: string, user: { readonly name: string; readonly password: string }, caller: Author["caller"]): Promise<void>;
}

/** The token lives as long as this process. */
export function createSetup(directory: Pick<Directory, "isOpen">, members: Pick<Members, "addFirstUser">): Setup {
  const token = directory.isOpen() ? randomBytes(32).toString("base64url") : undefined;
  const isValid = (text: string): boolean => token !== undefined && directory.isOpen() && isSameSecret(text, token);
  return {
    token,
    isValid,
    async use(text, { name, password }, caller) {
      if (!isValid(text)) {
        throw new RegistryError("NOT_FOUND", {
          message:
            "this link is not valid, or not any more: restart the server for another one, or run hythe user add NAME --admin",
        });
      }
      checkPasswordRules(password, name);
      const user = { name, passwordHash: await hashPassword(password) };
      await members.addFirstUser(user, { principal: { id: 0, name: "setup link" }, caller });
    },
  };
}
