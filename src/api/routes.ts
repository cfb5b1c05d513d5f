// Every route of /api/v1, in the order of the document.

import { audit } from "./audit.ts";
import { folders } from "./folders.ts";
import { addGrant, addRule, grants, removeGrant, removeRule, rules } from "./grants.ts";
import { manifest, manifestBytes } from "./manifest.ts";
import { manifests } from "./manifests.ts";
import { mayRoute } from "./may.ts";
import { oidcCallback, oidcStart } from "./oidc.ts";
import { overview } from "./overview.ts";
import { pullsOverTime } from "./pulls.ts";
import { pullsTop } from "./pulls-top.ts";
import { registries } from "./registries.ts";
import { repositories } from "./repositories.ts";
import { addRobot, changeRobot, removeRobot, robot, robots } from "./robots.ts";
import type { ApiRoute } from "./route.ts";
import { search } from "./search.ts";
import { changePassword, session, setUp, signIn, signOut, signOutEverywhere } from "./session.ts";
import { status } from "./status.ts";
import { deleteTags, restoreTag } from "./tag-changes.ts";
import { settings } from "./settings.ts";
import { tagDetails } from "./tag-details.ts";
import { tagHistory, tags } from "./tags.ts";
import { addToken, revokeToken, tokens } from "./tokens.ts";
import { addUser, changeUser, groups, importUsers, removeUser, signUserOut, user, users } from "./users.ts";

const content = [
  status,
  overview,
  registries,
  repositories,
  folders,
  search,
  tags,
  tagDetails,
  tagHistory,
  deleteTags,
  restoreTag,
  manifests,
  manifest,
  manifestBytes,
  pullsOverTime,
  pullsTop,
];
const oneself = [
  session,
  signIn,
  signOut,
  signOutEverywhere,
  changePassword,
  oidcStart,
  oidcCallback,
  setUp,
  tokens,
  addToken,
  revokeToken,
];
const accounts = [
  users,
  addUser,
  importUsers,
  user,
  changeUser,
  removeUser,
  signUserOut,
  groups,
  robots,
  addRobot,
  robot,
  changeRobot,
  removeRobot,
];
const rights = [grants, addGrant, removeGrant, rules, addRule, removeRule, mayRoute, audit, settings];

export const routes: readonly ApiRoute[] = [...content, ...oneself, ...accounts, ...rights];
