// Nothing to see, and why: nothing yet, no match, not permitted, or this host cannot tell. Never for errors: those are problems.

import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./empty.module.css";

export type Emptiness = "nothing yet" | "no match" | "not permitted" | "host cannot";

interface EmptyProps {
  readonly kind: Emptiness;
  readonly title: string;
  /** What to do about it. */
  readonly children?: ReactNode;
}

export function Empty({ kind, title, children }: EmptyProps): ReactNode {
  return (
    <Stack gap="xs" py="lg" maw={640} data-empty={kind} role="status">
      <Title order={2}>{title}</Title>
      {children !== undefined && (
        <Text component="div" size="md" className={styles.what ?? ""}>
          {children}
        </Text>
      )}
    </Stack>
  );
}
