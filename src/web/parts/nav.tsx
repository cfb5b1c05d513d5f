// The pages that there are for the caller, and below them the other registries. Narrow screens show the signs alone (the names are in the
// tips), phones show it in a drawer.

import { Tooltip } from "@mantine/core";
import {
  IconActivity,
  IconHome,
  IconKey,
  IconPackages,
  IconServer2,
  IconSettings,
  IconTags,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useSession, useStatus } from "../ask/live.ts";
import { registries } from "../ask/queries.ts";
import { formatCount } from "../show/count.ts";
import { pagesFor, type PageEntry, type PageName } from "../show/pages.ts";
import { formatBudget } from "../show/registry.ts";
import styles from "./nav.module.css";

const icons: Readonly<Record<PageName, Icon>> = {
  Home: IconHome,
  Repositories: IconPackages,
  Tags: IconTags,
  Activity: IconActivity,
  Registries: IconServer2,
  Access: IconUsers,
  "My tokens": IconKey,
  Settings: IconSettings,
};

/** For the navigation, the palette and the keys. */
export function usePages(): PageEntry[] {
  const others = useQuery(registries());
  return pagesFor({ session: useSession(), status: useStatus(), registries: others.data?.items.length ?? 0 });
}

/** `rail`: signs alone between 768 and 1199 px. */
export function Nav({ rail, follow }: { readonly rail: boolean; readonly follow?: () => void }): ReactNode {
  const others = useQuery(registries()).data?.items ?? [];
  return (
    <nav aria-label="Pages" className={styles.nav} data-rail={rail || undefined}>
      {usePages().map(({ name, to }) => {
        const Sign = icons[name];
        return (
          <div key={name} className={styles.group}>
            <Tooltip label={name} position="right" disabled={!rail} classNames={{ tooltip: styles.tip ?? "" }}>
              <Link to={to} activeOptions={{ exact: to === "/" || to === "/x" }} className={styles.link} onClick={follow}>
                <Sign size={18} stroke={1.6} aria-hidden className={styles.icon} />
                <span className={styles.name}>{name}</span>
              </Link>
            </Tooltip>
            {name === "Registries" && others.length > 0 && (
              <ul className={styles.registries}>
                {others.map((other) => (
                  <li key={other.name}>
                    <Tooltip label={formatBudget(other)} position="right" disabled={other.limit?.remaining == null}>
                      <Link to={`/x/${encodeURIComponent(other.name)}`} className={styles.link} onClick={follow}>
                        <span className={styles.registry}>{other.name}</span>
                        {other.limit?.remaining != null && (
                          <>
                            <span className="num" aria-hidden>
                              {formatCount(other.limit.remaining)}
                              {other.limit.limit != null && `/${formatCount(other.limit.limit)}`}
                            </span>
                            <span className="sr-only">{formatBudget(other)}</span>
                          </>
                        )}
                      </Link>
                    </Tooltip>
                  </li>
                ))}
              </ul>
            )}
          </div>
        );
      })}
    </nav>
  );
}
