// What narrows a list down beside its text: in one row, and under 768 px in a sheet behind one button.

import { Button, Drawer } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { narrowBelow } from "../grid/columns.ts";
import { useWindowWidth } from "../grid/row-height.ts";
import styles from "./filter-sheet.module.css";

/** `used`: how many of them narrow the list now. */
export function FilterSheet({ used, children }: { used: number; children: ReactNode }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const isNarrow = useWindowWidth() < narrowBelow;
  if (!isNarrow) return children;
  return (
    <>
      <Button
        size="sm"
        variant="default"
        fw={400}
        leftSection={<IconFilter size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        {used === 0 ? "Filters" : `Filters (${used})`}
      </Button>
      <Drawer
        opened={isOpen}
        onClose={() => setOpen(false)}
        position="bottom"
        title="Filters"
        classNames={{ content: styles.content ?? "" }}
      >
        <div className={styles.sheet}>{children}</div>
      </Drawer>
    </>
  );
}
