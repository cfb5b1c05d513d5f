// What stays while pages change: navigation on the left, the header above, the page in <main>.

import { Link, Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";
import styles from "./shell.module.css";

const places = [
  ["/", "Home"],
  ["/repositories", "Repositories"],
  ["/tags", "Tags"],
  ["/activity", "Activity"],
  ["/x", "Registries"],
  ["/access", "Access"],
  ["/settings", "Settings"],
] as const;

export function Shell(): ReactNode {
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <nav aria-label="Pages" className={styles.nav}>
        {places.map(([to, name]) => (
          <Link key={to} to={to} activeOptions={{ exact: to === "/" }} className={styles.link}>
            {name}
          </Link>
        ))}
      </nav>
      <main id="main" className={styles.main}>
        <Outlet />
      </main>
    </div>
  );
}
