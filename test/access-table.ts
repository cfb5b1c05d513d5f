// Who may do what on /v2, written by hand: the matrix test asks a real server each of these questions and knows the answer from here
// alone. Nothing in this file is taken from the tables of the code that is tested.

/** r: read; w: create; o: move a tag that exists; d: delete. */
export type Letter = "r" | "w" | "o" | "d";

/** Repositories in question. Those of a pair are equally long, so that answers about them are, too. */
export const columns = [
  "team/app", // granted by name, exists
  "team/app/new", // granted by team/app/*, does not exist
  "team/app-x", // begins like what is granted, exists
  "team/app-y", // does not exist
  "teams/app", // exists
  "teams/new", // does not exist
  "team-evil/app", // exists
  "team-evil/new", // does not exist
  "team", // exists
  "tean", // does not exist
  "x/team/app", // ends like what is granted, exists
  "x/team/new", // does not exist
  "other/app", // of another tenant, exists
  "other/new", // of another tenant, does not exist
  "open/app", // everybody may pull it, exists
  "open/new", // everybody may pull it, does not exist
] as const;
export type Column = (typeof columns)[number];

/** What exists beside what does not, hidden alike. */
export const pairs: readonly (readonly [there: Column, missing: Column])[] = [
  ["team/app-x", "team/app-y"],
  ["teams/app", "teams/new"],
  ["team-evil/app", "team-evil/new"],
  ["team", "tean"],
  ["x/team/app", "x/team/new"],
  ["other/app", "other/new"],
];

const all = "rwod";
/** Rights in team/app and team/app/*, in other/*, in open/*; everywhere else none, but for the administrator. */
const rightsOf = {
  anonymous: { team: "", other: "", open: "r", else: "" },
  reader: { team: "r", other: "", open: "r", else: "" },
  "reader by group": { team: "r", other: "", open: "r", else: "" },
  writer: { team: "rwo", other: "", open: "r", else: "" },
  creator: { team: "rw", other: "", open: "r", else: "" },
  deleter: { team: "rd", other: "", open: "r", else: "" },
  "repository administrator": { team: all, other: "", open: "r", else: "" },
  administrator: { team: all, other: all, open: all, else: all },
  robot: { team: "rwo", other: "", open: "r", else: "" },
  "token of the administrator for pull": { team: "r", other: "r", open: "r", else: "r" },
  "other tenant": { team: "", other: all, open: "r", else: "" },
  "nobody's friend": { team: "", other: "", open: "r", else: "" },
  // Names and groups that begin or end like those that have rights.
  "lookalike user": { team: "", other: "", open: "r", else: "" },
  "lookalike group": { team: "", other: "", open: "r", else: "" },
} as const;
export type Who = keyof typeof rightsOf;
export const everybody = Object.keys(rightsOf) as Who[];

export function rights(who: Who, column: Column): string {
  const place = /^team\/app(?:\/|$)/.test(column)
    ? "team"
    : column.startsWith("other/")
      ? "other"
      : column.startsWith("open/")
        ? "open"
        : "else";
  return rightsOf[who][place];
}

/** Those who had rights once, and have none now: every credential of theirs is refused, also for what everybody may do. */
export const formerly = [
  "expired robot",
  "disabled user",
  "deleted user",
  "revoked token",
  "changed password",
  "signed out everywhere",
] as const;
export type Formerly = (typeof formerly)[number];

/** A request that the matrix makes of every repository. */
export interface Probe {
  readonly name: string;
  /** Of the route table, to see that none is left out. */
  readonly route: string;
  readonly method: string;
  readonly needs: Letter;
  /** Where the repository does not exist; absent: as above. */
  readonly needsWhereMissing?: Letter;
  /** Answers to those who may, where the repository exists and where it does not. */
  readonly answers: readonly [there: number, missing: number];
  /** Actions in the scope of the challenge. */
  readonly scope: string;
  /** What must be there first, made by the administrator in a repository that exists. */
  readonly first?: "tag" | "manifest" | "blob" | "upload";
}

const probe = (
  name: string,
  [route, method]: readonly [string, string],
  needs: Letter,
  answers: readonly [number, number],
  more: Partial<Probe> = {},
): Probe => {
  const scope = { r: "pull", w: "pull,push", o: "pull,push", d: "delete" }[needs];
  return { name, route, method, needs, answers, scope, ...more };
};

export const probes: readonly Probe[] = [
  probe("tags", ["tags", "GET"], "r", [200, 404]),
  probe("tags", ["tags", "HEAD"], "r", [200, 404]),
  probe("referrers", ["referrers", "GET"], "r", [200, 200]),
  probe("referrers", ["referrers", "HEAD"], "r", [200, 200]),
  probe("manifest by tag", ["manifest", "GET"], "r", [200, 404]),
  probe("manifest by tag", ["manifest", "HEAD"], "r", [200, 404]),
  probe("manifest by digest", ["manifest", "GET"], "r", [200, 404]),
  probe("manifest by digest", ["manifest", "HEAD"], "r", [200, 404]),
  probe("new tag", ["manifest", "PUT"], "w", [201, 201]),
  probe("tag that is there", ["manifest", "PUT"], "o", [201, 201], { needsWhereMissing: "w", first: "tag" }),
  probe("manifest without tag", ["manifest", "PUT"], "w", [201, 201]),
  probe("manifest with a new tag as parameter", ["manifest", "PUT"], "w", [201, 201]),
  probe("manifest with a tag that is there as parameter", ["manifest", "PUT"], "o", [201, 201], {
    needsWhereMissing: "w",
    first: "tag",
  }),
  probe("tag", ["manifest", "DELETE"], "d", [202, 404], { first: "tag" }),
  probe("manifest", ["manifest", "DELETE"], "d", [202, 404], { first: "manifest" }),
  probe("blob", ["blob", "GET"], "r", [200, 404]),
  probe("blob", ["blob", "HEAD"], "r", [200, 404]),
  probe("blob", ["blob", "DELETE"], "d", [202, 404], { first: "blob" }),
  probe("upload", ["uploads", "POST"], "w", [202, 202]),
  probe("whole blob", ["uploads", "POST"], "w", [201, 201]),
  probe("mount from nobody knows where", ["uploads", "POST"], "w", [202, 202]),
  probe("upload", ["upload", "GET"], "w", [204, 204], { first: "upload" }),
  probe("upload", ["upload", "HEAD"], "w", [204, 204], { first: "upload" }),
  probe("upload", ["upload", "PATCH"], "w", [202, 202], { first: "upload" }),
  probe("upload", ["upload", "PUT"], "w", [201, 201], { first: "upload" }),
  probe("upload", ["upload", "DELETE"], "w", [204, 204], { first: "upload" }),
];

/** Routes without a repository: asked with and without credentials, each in a test of its own. */
export const registryRoutes = ["base", "discover", "catalog", "token"];
