// Every route of /api/v1, in the order of the document.

import { manifest, manifests } from "./manifests.ts";
import { pullsOverTime } from "./pulls.ts";
import { registries } from "./registries.ts";
import { repositories } from "./repositories.ts";
import type { ApiRoute } from "./route.ts";
import { status } from "./status.ts";
import { tagHistory, tags } from "./tags.ts";

export const routes: readonly ApiRoute[] = [
  status,
  registries,
  repositories,
  tags,
  tagHistory,
  manifests,
  manifest,
  pullsOverTime,
];
