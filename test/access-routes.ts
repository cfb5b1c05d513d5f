// Whom each route of /api/v1 is for, written by hand: the tests of access ask a real server and know the answer from here alone.

import { image } from "./image.ts";

/**
 * Whom a route is for. everybody; seers: who may see anything at all; accounts: users and robots; passwords: who signed in as themselves;
 * managers: who gives rights somewhere; administrators; readers: who may pull team/app; all: who may pull everything.
 */
export type For = "everybody" | "seers" | "accounts" | "passwords" | "managers" | "administrators" | "readers" | "all";

export interface Row {
  readonly target: string;
  readonly for: For;
  /** What those get that are admitted. */
  readonly status: number;
  readonly body?: object;
}

export const row = (target: string, whom: For, status: number, body?: object): Row => ({
  target,
  for: whom,
  status,
  ...(body && { body }),
});

/** Bodies that are refused for their form (400), and names of nobody (404), come after admission, and leave nothing behind. */
export const routeTable: readonly Row[] = [
  row("GET /api/v1/status", "seers", 200),
  row("GET /api/v1/overview", "seers", 200),
  row("GET /api/v1/registries", "seers", 200),
  row("GET /api/v1/repositories", "seers", 200),
  row("GET /api/v1/folders", "seers", 200),
  row("GET /api/v1/search?q=app", "seers", 200),
  row("GET /api/v1/repositories?usage=new,used&detail=true&total=true", "seers", 200),
  row("GET /api/v1/folders?under=team/", "seers", 200),
  row("GET /api/v1/tags", "seers", 200),
  row("GET /api/v1/tags?usage=new,used&detail=true&total=true", "seers", 200),
  row("GET /api/v1/tags?repository=team/app", "readers", 200),
  row("GET /api/v1/tags/details?registry=nowhere&repository=a&tags=v1", "seers", 404),
  row("GET /api/v1/tags/v1/history?repository=team/app", "readers", 200),
  row("POST /api/v1/tags/delete", "seers", 400, {}),
  row("POST /api/v1/tags/v1/restore", "seers", 400),
  row("GET /api/v1/manifests?repository=team/app", "readers", 200),
  row(`GET /api/v1/manifests/${image().digest}?repository=team/app`, "readers", 200),
  row("GET /api/v1/manifests/v1?repository=team/app&reveal=true", "readers", 200),
  row("GET /api/v1/manifests/v1?repository=team/app&registry=nowhere", "seers", 404),
  row("GET /api/v1/manifests/v1/raw?repository=team/app", "readers", 200),
  row("GET /api/v1/pulls?repository=team/app", "readers", 200),
  row("GET /api/v1/pulls", "seers", 200),
  row("GET /api/v1/pulls/top", "seers", 200),
  row("GET /api/v1/pulls/top?repository=team/app&kind=digest", "readers", 200),
  row("GET /api/v1/session", "everybody", 200),
  row("POST /api/v1/session", "everybody", 400, {}),
  row("DELETE /api/v1/session", "everybody", 204),
  row("DELETE /api/v1/sessions", "passwords", 204),
  row("PUT /api/v1/session/password", "accounts", 400, {}),
  row("POST /api/v1/setup", "everybody", 400, {}),
  row("GET /api/v1/tokens", "accounts", 200),
  row("GET /api/v1/tokens?of=victim", "administrators", 200),
  row("GET /api/v1/tokens?all=true", "administrators", 200),
  row("POST /api/v1/tokens", "seers", 400, {}),
  row("POST /api/v1/tokens", "administrators", 200, { of: "victim", name: "x" }),
  row("DELETE /api/v1/tokens/999999", "passwords", 404),
  row("GET /api/v1/users", "administrators", 200),
  row("POST /api/v1/users", "administrators", 400, {}),
  row("POST /api/v1/users/import", "administrators", 400, {}),
  row("POST /api/v1/users/import", "administrators", 400, {}),
  row("GET /api/v1/users/nobody", "administrators", 404),
  row("GET /api/v1/users/ann", "administrators", 200),
  row("PATCH /api/v1/users/nobody", "administrators", 404, { disabled: true }),
  row("DELETE /api/v1/users/nobody", "administrators", 404),
  row("DELETE /api/v1/users/nobody/sessions", "administrators", 404),
  row("GET /api/v1/groups", "administrators", 200),
  row("GET /api/v1/robots", "administrators", 200),
  row("POST /api/v1/robots", "administrators", 400, {}),
  row("GET /api/v1/robots/nobody", "administrators", 404),
  row("PATCH /api/v1/robots/nobody", "administrators", 404, { disabled: true }),
  row("DELETE /api/v1/robots/nobody", "administrators", 404),
  row("GET /api/v1/grants", "managers", 200),
  row("POST /api/v1/grants", "managers", 400, {}),
  row("POST /api/v1/grants", "administrators", 404, { to: { account: "nobody" }, role: "pull", pattern: "*" }),
  row("DELETE /api/v1/grants/999999", "managers", 404),
  row("GET /api/v1/rules", "managers", 200),
  row("POST /api/v1/rules", "managers", 400, {}),
  row("DELETE /api/v1/rules/999999", "managers", 404),
  row("GET /api/v1/may?action=pull&repository=team/app", "seers", 200),
  row("GET /api/v1/may?action=pull&repository=other/app&who=victim", "administrators", 200),
  row("GET /api/v1/audit", "administrators", 200),
  row("GET /api/v1/settings", "administrators", 200),
  row("GET /api/v1/audit?format=csv", "administrators", 200),
  row("GET /metrics", "all", 200),
  row("GET /api/v1/openapi.json", "everybody", 200),
  row("GET /docs", "everybody", 200),
  row("GET /healthz", "everybody", 200),
  row("GET /readyz", "everybody", 200),
  row("GET /", "everybody", 200),
  row("GET /setup?token=x", "everybody", 404),
];
