// What is known of registries whose behaviour differs from the specification: data, never a branch on a host's name elsewhere.

/** Everything a quirk may change. A registry that nobody knows gets `standard`. */
export interface HostProfile {
  /** For people, such as Docker Hub. */
  readonly name: string;
  /** Hosts in references: an exact name, or `.example.org` for all below it. */
  readonly hosts: readonly string[];
  /** Where the API is when it is not at the host of the reference (docker.io). */
  readonly apiHost?: string;
  /** Prefix of names with one part (Docker Hub: library). */
  readonly defaultNamespace?: string;
  /** Hosts that credentials may go to for a token although they are not below the registry's own domain; `.example.org` for all below it. */
  readonly realms?: readonly string[];
  /** Why the catalog is not there, one clause for people; absent: ask for it. */
  readonly noCatalog?: string;
  /** Why tags cannot be deleted by name; absent: try. */
  readonly noTagDelete?: string;
  /** Why nothing can be deleted. */
  readonly noDelete?: string;
  /** The referrers API is known to be absent: read the fallback tag at once. */
  readonly noReferrers?: true;
  /** Tags come in an order of its own, such as oldest first. */
  readonly ownTagOrder?: true;
  /** Largest `n` of a page. */
  readonly maxPage?: number;
  readonly upload?: {
    /** How bytes go up: one PUT, or PATCHes of `chunkBytes`. */
    readonly way: "monolithic" | "chunked";
    /** 0: chunks are refused. */
    readonly chunkBytes?: number;
  };
  /** A token per repository, never one for several (Google). */
  readonly tokenPerRepository?: true;
  /** Actions that a deletion must ask for, default: delete. */
  readonly deleteActions?: readonly ("pull" | "push" | "delete")[];
  /** What to log in with, one clause for people. */
  readonly login?: string;
}

export const standard: HostProfile = { name: "OCI registry", hosts: [] };
