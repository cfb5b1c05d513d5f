// Above every page: where one is, the field that finds everything, and who one is.

import { ActionIcon, Kbd, UnstyledButton } from "@mantine/core";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Breadcrumb } from "./breadcrumb.tsx";
import styles from "./header.module.css";
import { UserMenu } from "./user-menu.tsx";

interface HeaderProps {
  readonly openNav: () => void;
  readonly openPalette: () => void;
}

export function Header({ openNav, openPalette }: HeaderProps): ReactNode {
  return (
    <header className={styles.header}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        aria-label="Pages"
        aria-haspopup="dialog"
        className={styles.burger ?? ""}
        onClick={openNav}
      >
        <IconMenu2 size={20} aria-hidden />
      </ActionIcon>
      <Link to="/" className={styles.brand} aria-label="Hythe, home">
        <img src="/ui/icon.svg" alt="" width={24} height={24} />
      </Link>
      <Breadcrumb />
      <UnstyledButton className={styles.search ?? ""} onClick={openPalette} aria-keyshortcuts="Control+K" aria-haspopup="dialog">
        <IconSearch size={16} aria-hidden />
        <span className={styles.searchText}>Search or paste a reference</span>
        <Kbd size="xs" aria-hidden className={styles.searchKey ?? ""}>
          Ctrl K
        </Kbd>
      </UnstyledButton>
      <div className={styles.end}>
        <UserMenu />
      </div>
    </header>
  );
}
