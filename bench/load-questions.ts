// What people ask of lists: every order, searches that find much, little and nothing, short and long pages. The same questions in every run.

import type { FleetSize } from "./fleet.ts";

const limits = [20, 50, 100];

/** Everything with everything, so that neighbours differ in every parameter. */
function combine(path: string, lists: Readonly<Record<string, readonly (string | number)[]>>): string[] {
  const names = Object.keys(lists);
  const count = names.reduce((product, name) => product * lists[name]!.length, 1);
  const all = Array.from({ length: count }, (_, n) => {
    let rest = n;
    const query = new URLSearchParams();
    for (const name of names) {
      const values = lists[name]!;
      const value = values[rest % values.length]!;
      rest = Math.floor(rest / values.length);
      if (value !== "") query.set(name, String(value));
    }
    return `${path}${path.includes("?") ? "&" : "?"}${query.toString()}`;
  });
  return all;
}

const repositoriesPath = "/api/v1/repositories";
const repositorySearches = ["", "", "service-1", "team-7/", "no such name"];

export function ownRepositories(): string[] {
  const sort = ["name", "-name", "-tags", "-bytes", "-updatedAt", "-pulls", "pulls", "-lastPulledAt"];
  return combine(repositoriesPath, { search: repositorySearches, sort, limit: limits });
}

export function otherRepositories(registry: string): string[] {
  const sort = ["name", "-name", "natural", "-natural", "-tags"];
  return combine(`${repositoriesPath}?registry=${registry}`, { search: repositorySearches, sort, limit: limits });
}

const ownTagSorts = ["name", "-name", "-bytes", "-pushedAt", "-pulls", "pulls", "-lastPulledAt", "-imagePulls"];
const otherTagSorts = ["name", "-name", "natural", "-version"];

function someRepositories({ repositories }: FleetSize): string[] {
  return Array.from({ length: 10 }, (_, n) => {
    const r = Math.floor((n * repositories) / 10);
    return `team-${r % 50}/service-${r}`;
  });
}

export function ownTags(size: FleetSize): string[] {
  const lists = { repository: someRepositories(size), search: ["", "1.1", "no such tag"], sort: ownTagSorts, limit: limits };
  return combine("/api/v1/tags", lists);
}

export function otherTags(registry: string, size: FleetSize): string[] {
  const lists = {
    repository: someRepositories(size),
    search: ["", "1.1", "no such tag"],
    sort: [...otherTagSorts, "-bytes"],
    limit: [20],
  };
  return combine(`/api/v1/tags?registry=${registry}`, lists);
}

const searchesInMany = ["", "", "v1.99", "12345", "no such tag"];

export function ownTagsOfOne(): string[] {
  return combine("/api/v1/tags?repository=team-0/service-0", { search: searchesInMany, sort: ownTagSorts, limit: limits });
}

/** Only names can order so many; what a search leaves over can be sorted by anything. */
export function otherTagsOfOne(registry: string): string[] {
  const path = `/api/v1/tags?registry=${registry}&repository=team-0/service-0`;
  return [
    ...combine(path, { search: searchesInMany, sort: otherTagSorts, limit: [20, 50] }),
    ...combine(path, { search: ["12345", "9999"], sort: ["-bytes", "builtAt"], limit: [20] }),
  ];
}
