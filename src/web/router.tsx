// The places of the UI. A place is a reference (show/place.ts), what is behind the `?` are flat strings, and each page is a chunk of its own.

import type { QueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, type AnyRouter } from "@tanstack/react-router";
import { status, session } from "./ask/queries.ts";
import { isShutOut } from "./ask/session.ts";
import { Shell } from "./parts/shell.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { formatSearch, parseSearch } from "./show/search-params.ts";

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
    component: lazyRouteComponent(() => import("./pages/place.tsx"), "PlacePage"),
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
    component: lazyRouteComponent(() => import("./pages/place.tsx"), "PlacePage"),
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
  // Nearly every part needs both: asked at once, not when the first part appears. The status is not for everybody.
  void data.fetchQuery(session()).then(
    (who) => (isShutOut(who) || who.mustChange ? undefined : data.prefetchQuery(status())),
    () => undefined,
  );
  return createRouter({
    routeTree: root.addChildren(routes),
    basepath: "/ui",
    parseSearch,
    stringifySearch: formatSearch,
    pathParamsAllowedCharacters: [":", "@"],
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}
