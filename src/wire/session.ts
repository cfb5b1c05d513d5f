// /api/v1/session: who the caller is, signing in and out with a browser; /api/v1/setup: the first user.

import { z } from "zod";
import { accountName, may } from "./access.ts";
import { time } from "./page.ts";

/** Long enough for any pass phrase, short enough to be hashed. */
export const password = z.string().min(1).max(256);

export const sessionAnswer = z.strictObject({
  name: z.string(),
  kind: z.enum(["anonymous", "user", "robot", "system"]),
  groups: z.array(z.string()),
  may: may.describe("In all repositories"),
  manages: z.boolean().describe("You may give rights to others, on some repositories at least"),
  visible: z.array(z.string()).nullable().describe("Patterns of the repositories that you may see; null: all"),
  open: z.boolean().describe("Nobody has any right yet, so everybody may do everything"),
  provider: z.boolean().describe("There is an OpenID provider to sign in with: GET /api/v1/session/oidc"),
  mustChange: z.boolean().describe("The password was set by somebody else: choose a new one before anything else"),
  hasPassword: z.boolean().describe("You can sign in with a password, and change it; else with the provider or with tokens"),
  csrf: z.string().nullable().describe("With the session cookie: for the header X-CSRF-Token of all that is not GET"),
  expiresAt: time.nullable().describe("With the session cookie: when it ends at the latest"),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;

export const oidcQuery = z.strictObject({
  returnTo: z.string().max(1000).default("/").describe("A path of this server, where the browser goes after it signed in"),
});
/** Providers send more than these. */
export const oidcCallbackQuery = z.object({
  code: z.string().optional(),
  state: z.string().optional(),
  iss: z.string().optional(),
  error: z.string().optional().describe("Instead of a code: why not"),
});

export const signInBody = z.strictObject({ name: accountName, password });

export const passwordBody = z.strictObject({ current: password, password });

export const setupBody = z.strictObject({ token: z.string().min(1).max(100), name: accountName, password });
export const setupAnswer = z.strictObject({ name: z.string() });
