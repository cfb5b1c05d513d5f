// The parts of a reference as links, from an address of the UI. Pure.

import { placePath, shortDigest } from "./place.ts";
import { placeOfPath, registryOfPath } from "./place-path.ts";

export interface Crumb {
  /** What stands between it and the part before: "/", ":" or "@", "" for the first. */
  readonly before: string;
  readonly text: string;
  readonly to: string;
  readonly search?: Record<string, string>;
}

const names: Readonly<Record<string, string>> = {
  repositories: "Repositories",
  tags: "Tags",
  activity: "Activity",
  x: "Registries",
  access: "Access",
  settings: "Settings",
  "sign-in": "Sign in",
};

/** Of a path below /ui. */
export function crumbsOf(path: string): Crumb[] {
  const registry = registryOfPath(path);
  const start: Crumb =
    registry === undefined
      ? { before: "", text: "hythe", to: "/" }
      : { before: "", text: registry, to: `/x/${encodeURIComponent(registry)}` };
  const place = placeOfPath(path);
  if (place === undefined) {
    const page = names[path.split("/")[1] ?? ""];
    return page === undefined || registry !== undefined ? [start] : [start, { before: "/", text: page, to: path }];
  }
  const { repository, tag, digest } = place;
  const parts = repository.split("/");
  const folders = parts.slice(0, -1).map((text, i): Crumb => {
    const under = `${parts.slice(0, i + 1).join("/")}/`;
    // Other registries have no folders: what a name begins with is searched there.
    return registry === undefined
      ? { before: "/", text, to: "/repositories", search: { view: "folders", under } }
      : { before: "/", text, to: start.to, search: { q: under } };
  });
  const whole: Crumb = { before: "/", text: parts.at(-1)!, to: placePath({ registry, repository }) };
  const end: Crumb[] =
    digest !== undefined
      ? [{ before: "@", text: shortDigest(digest), to: placePath(place) }]
      : tag !== undefined
        ? [{ before: ":", text: tag, to: placePath(place) }]
        : [];
  return [start, ...folders, whole, ...end];
}
