// The places of the UI. A place is a reference (show/place.ts), what is behind the `?` are flat strings, and each page is a chunk of its own.

import type { QueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, type AnyRouter } from "@tanstack/react-router";
import { status, session } from "./ask/queries.ts";
import { isShutOut } from "./ask/session.ts";
import { askAhead } from "./pages/ahead.ts";
import { BrokenPage } from "./pages/broken.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { loadPlace, PlacePage } from "./pages/place.tsx";
import { Shell } from "./parts/shell.tsx";
import { formatSearch, parseSearch, type Search } from "./show/search-params.ts";

const base = "/ui";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    component: lazyRouteComponent(() => import("./pages/home.tsx"), "HomePage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/repositories",
    component: lazyRouteComponent(() => import("./pages/repositories.tsx"), "RepositoriesPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tags",
    component: lazyRouteComponent(() => import("./pages/tags.tsx"), "TagsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/r/$",
    component: PlacePage,
    loader: openPlace,
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/x",
    component: lazyRouteComponent(() => import("./pages/registries.tsx"), "RegistriesPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    // The registry itself, too: for the router nothing is a rest as well.
    path: "/x/$registry/$",
    component: PlacePage,
    loader: openPlace,
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/activity",
    component: lazyRouteComponent(() => import("./pages/activity.tsx"), "ActivityPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/access",
    component: lazyRouteComponent(() => import("./pages/access.tsx"), "AccessPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/settings",
    component: lazyRouteComponent(() => import("./pages/settings.tsx"), "SettingsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/sign-in",
    component: lazyRouteComponent(() => import("./pages/sign-in.tsx"), "SignInPage"),
  }),
];

export function createPlaces(data: QueryClient): AnyRouter {
  const [path, search] = [location.pathname.slice(base.length), parseSearch(location.search)];
  // Nearly every part needs who asks and how the registry is; what is behind a sign-in is not asked for before it.
  void data.fetchQuery(session()).then(
    (who) => {
      if (isShutOut(who) || who.mustChange) return;
      void data.prefetchQuery(status());
      askAhead(data, path, search);
    },
    () => undefined,
  );
  return createRouter({
    routeTree: root.addChildren(routes),
    basepath: base,
    parseSearch,
    stringifySearch: formatSearch,
    pathParamsAllowedCharacters: [":", "@"],
    defaultErrorComponent: BrokenPage,
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}

/** When one comes to it, or is about to. */
function openPlace({ location: { pathname, search } }: { location: { pathname: string; search: Search } }): Promise<void> {
  return loadPlace(pathname, search);
}
