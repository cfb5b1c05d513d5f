// What stands behind the `?` of this place, and changing it: state that survives a reload and travels with a link.

import { useNavigate, useSearch } from "@tanstack/react-router";
import { createContext, useCallback, useContext } from "react";
import type { Search } from "../show/search-params.ts";

/** `undefined` and "" take a parameter away. `replace`: no step of its own for Back, as for each letter of a filter. */
export type ChangeSearch = (changes: Search, how?: { readonly replace?: boolean }) => void;

export type SearchState = readonly [Search, ChangeSearch];
/** Of a part of the page that is not what its address is about. */
export const OwnSearch = createContext<SearchState | undefined>(undefined);

export function useSearchState(): SearchState {
  const own = useContext(OwnSearch);
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback<ChangeSearch>(
    (changes, { replace = false } = {}) =>
      void navigate({ to: ".", search: (before: Search) => ({ ...before, ...changes }), replace, resetScroll: false }),
    [navigate],
  );
  return own ?? [search, change];
}
