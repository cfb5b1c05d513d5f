// Every question that pages ask: key, path, answer. One function a noun; `live` ones are asked again while the page is visible.

import { queryOptions } from "@tanstack/react-query";
import type { MayAnswer } from "../../wire/access.ts";
import type { AuditAnswer } from "../../wire/audit.ts";
import type { FoldersAnswer } from "../../wire/folders.ts";
import type { GrantsAnswer, RulesAnswer } from "../../wire/grants.ts";
import type { ManifestAnswer, ManifestsAnswer } from "../../wire/manifests.ts";
import type { Overview } from "../../wire/overview.ts";
import type { TopAnswer } from "../../wire/pulls-top.ts";
import type { PullsAnswer } from "../../wire/pulls.ts";
import type { RegistriesAnswer } from "../../wire/registries.ts";
import type { RepositoriesAnswer } from "../../wire/repositories.ts";
import type { RobotsAnswer } from "../../wire/robots.ts";
import type { SearchAnswer } from "../../wire/search.ts";
import type { SessionAnswer } from "../../wire/session.ts";
import type { SettingsAnswer } from "../../wire/settings.ts";
import type { StatusAnswer } from "../../wire/status.ts";
import type { TagDetailsAnswer } from "../../wire/tag-details.ts";
import type { TagHistoryAnswer, TagsAnswer } from "../../wire/tags.ts";
import type { TokensAnswer } from "../../wire/tokens.ts";
import type { GroupsAnswer, UsersAnswer } from "../../wire/users.ts";
import { ask, setCsrf, type Query } from "./ask.ts";
import { noteServerTime } from "./clock.ts";

/** How often a visible page asks again, in milliseconds. */
export const liveMs = 30_000;
const encode = encodeURIComponent;

/**
 * `like`: while a new answer is on its way, the one before stands in for it where these of the query are the same (and a page, a filter or
 * a time is what has changed). Without it no answer stands in for another one.
 */
// eslint-disable-next-line typescript/explicit-module-boundary-types -- the type is that of the options
function question<Answer>(noun: string, path: string, query: Query = {}, like?: readonly string[]) {
  return queryOptions({
    queryKey: [noun, path, query] as const,
    queryFn: ({ signal }) => ask<Answer>(path, { query, signal }),
    placeholderData: <Before>(before: Before | undefined, asked: { queryKey: readonly [string, string, Query] } | undefined) => {
      const [, pathBefore, queryBefore] = asked?.queryKey ?? [];
      return like?.every((name) => queryBefore?.[name] === query[name]) === true && pathBefore === path ? before : undefined;
    },
  });
}
const live = { refetchInterval: liveMs, refetchIntervalInBackground: false } as const;

/* eslint-disable typescript/explicit-module-boundary-types -- the types are those of the options */
export const status = () =>
  queryOptions({
    queryKey: ["status"] as const,
    queryFn: async ({ signal }) => {
      const answer = await ask<StatusAnswer>("/status", { signal });
      noteServerTime(answer.now);
      return answer;
    },
    ...live,
  });
export const session = () =>
  queryOptions({
    queryKey: ["session"] as const,
    queryFn: async ({ signal }) => {
      const answer = await ask<SessionAnswer>("/session", { signal });
      setCsrf(answer.csrf);
      return answer;
    },
    staleTime: 60_000,
  });
export const overview = () => ({ ...question<Overview>("overview", "/overview"), ...live });
export const registries = () => question<RegistriesAnswer>("registries", "/registries");
export const repositories = (query: Query) =>
  question<RepositoriesAnswer>("repositories", "/repositories", query, ["registry", "name"]);
export const folders = (query: Query) => question<FoldersAnswer>("folders", "/folders", query, ["under"]);
export const tags = (query: Query) => question<TagsAnswer>("tags", "/tags", query, ["registry", "repository"]);
export const tagDetails = (query: Query) => question<TagDetailsAnswer>("tag-details", "/tags/details", query);
export const tagHistory = (repository: string, tag: string, query: Query = {}) =>
  question<TagHistoryAnswer>("history", `/tags/${encode(tag)}/history`, { repository, ...query });
export const manifests = (query: Query) => question<ManifestsAnswer>("manifests", "/manifests", query, ["repository"]);
export const manifest = (repository: string, reference: string, registry?: string, reveal?: boolean) =>
  question<ManifestAnswer>("manifest", `/manifests/${encode(reference)}`, { repository, registry, reveal: reveal || undefined }, [
    "repository",
    "registry",
  ]);
export const pulls = (query: Query) => question<PullsAnswer>("pulls", "/pulls", query, ["repository", "tag", "digest"]);
export const topPulls = (query: Query) => question<TopAnswer>("top", "/pulls/top", query, ["kind", "repository"]);
export const search = (q: string) => question<SearchAnswer>("search", "/search", { q }, []);
export const settings = () => question<SettingsAnswer>("settings", "/settings");
export const users = (query: Query) => question<UsersAnswer>("users", "/users", query, []);
export const groups = () => question<GroupsAnswer>("groups", "/groups");
export const robots = (query: Query) => question<RobotsAnswer>("robots", "/robots", query, []);
export const tokens = (query: Query) => question<TokensAnswer>("tokens", "/tokens", query, []);
export const grants = (query: Query) => question<GrantsAnswer>("grants", "/grants", query, []);
export const rules = (query: Query) => question<RulesAnswer>("rules", "/rules", query, []);
export const may = (query: Query) => question<MayAnswer>("may", "/may", query);
export const audit = (query: Query) => question<AuditAnswer>("audit", "/audit", query, []);
/* eslint-enable typescript/explicit-module-boundary-types */
