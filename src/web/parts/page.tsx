// The frame of a page: its heading gets the focus when one comes here from another page (or from another place that is shown on the same
// page, which `focusKey` tells), then one row of actions, then the content.

import { Group, Title } from "@mantine/core";
import { useEffect, useLayoutEffect, useRef, type ReactNode } from "react";
import styles from "./page.module.css";

interface PageProps {
  readonly title: ReactNode;
  /** Of the document; "Hythe" follows. */
  readonly name: string;
  /** Another one is another place: what had the focus may be gone. Views and filters leave the focus where it is. */
  readonly focusKey?: string | undefined;
  readonly actions?: ReactNode;
  /** Text is read in lines of a bounded length; tables take all the room. */
  readonly reading?: boolean;
  readonly children: ReactNode;
}

/** The attribute of what stays beside a page while that changes. */
export const besideMark = "data-beside";

export function Page({ title, name, focusKey, actions, reading = false, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${name} · Hythe`;
  }, [name]);
  return (
    <div className={styles.page} data-reading={reading || undefined}>
      <Group justify="space-between" gap="sm" className={styles.head ?? ""}>
        <Heading key={focusKey}>{title}</Heading>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  );
}

function Heading({ children }: { children: ReactNode }): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before the page is seen: at no moment the focus is nowhere. Until somebody has pressed a key or clicked it is the browser's. Whoever goes
  // through a list that stays beside the page goes on there.
  useLayoutEffect(() => {
    const isBeside = document.activeElement?.closest(`[${besideMark}]`) != null;
    if (navigator.userActivation.hasBeenActive && !isBeside) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Title order={1} ref={heading} tabIndex={-1} className={styles.title ?? ""}>
      {children}
    </Title>
  );
}
