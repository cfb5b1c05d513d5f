// Where one is, as a reference: `hythe / team/app : v1.9`. Each part is a link: the registry, the folders on the way, the repository, the tag.

import { Menu, UnstyledButton } from "@mantine/core";
import { IconSelector } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { registries } from "../ask/queries.ts";
import { crumbsOf } from "../show/crumbs.ts";
import { registryOfPath } from "../show/place-path.ts";
import styles from "./breadcrumb.module.css";

export function Breadcrumb(): ReactNode {
  const path = useLocation({ select: ({ pathname }) => pathname });
  const crumbs = crumbsOf(path);
  return (
    <nav aria-label="Where you are" className={styles.crumbs}>
      <ol>
        {crumbs.map(({ text, to, before, search }, i) => (
          <li key={`${before}${to}${text}`} className={styles.crumb}>
            {before !== "" && <span className={styles.before}>{before}</span>}
            <Link
              to={to}
              search={search}
              className={styles.link}
              activeProps={{}}
              aria-current={i === crumbs.length - 1 ? "page" : undefined}
            >
              {text}
            </Link>
            {i === 0 && <RegistrySwitch current={registryOfPath(path)} />}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Only where there is something to choose. */
function RegistrySwitch({ current }: { readonly current: string | undefined }): ReactNode {
  const others = useQuery(registries()).data?.items ?? [];
  if (others.length === 0) return null;
  const here = "this registry";
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <UnstyledButton aria-label="Choose another registry" className={styles.switch}>
          <IconSelector size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/repositories" fw={current === undefined ? 600 : 400}>
          hythe ({here})
        </Menu.Item>
        {others.map(({ name, host }) => (
          <Menu.Item key={name} component={Link} to={`/x/${encodeURIComponent(name)}`} fw={current === name ? 600 : 400}>
            {name} ({host})
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
