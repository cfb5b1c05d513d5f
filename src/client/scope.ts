// What a request needs, in the words of token servers (distribution: docs/spec/auth/scope).

import type { RepositoryName } from "../oci/reference.ts";

export type Action = "pull" | "push" | "delete";

export type Scope = { readonly repository: RepositoryName; readonly actions: readonly Action[] } | { readonly catalog: true };
