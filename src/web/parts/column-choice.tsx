// Which columns of a list the reader wants, kept in this browser.

import { Button, Menu } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useMemo, type ReactNode } from "react";
import { isShown, narrowBelow, type ColumnChoice, type GridColumn } from "../grid/columns.ts";
import { useWindowWidth } from "../grid/row-height.ts";
import { remember, useRemembered } from "./remembered.ts";

/** `list` names the kind of list, such as "tags". */
export function useColumnChoice(list: string): ColumnChoice {
  const text = useRemembered(`columns.${list}`);
  return useMemo(() => parseChoice(text), [text]);
}

interface ChooserProps {
  readonly list: string;
  readonly columns: readonly GridColumn<never>[];
  readonly choice: ColumnChoice;
}

export function ColumnChooser({ list, columns, choice }: ChooserProps): ReactNode {
  const windowWidth = useWindowWidth();
  if (windowWidth < narrowBelow) return null;
  const isUsual = Object.keys(choice).length === 0;
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default" fw={400} leftSection={<IconColumns3 size={15} aria-hidden />}>
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns
          .filter(({ fixed }) => fixed !== true)
          .map((column) => {
            const shown = isShown(column, choice, windowWidth);
            return (
              <Menu.Item
                key={column.id}
                role="menuitemcheckbox"
                aria-checked={shown}
                leftSection={<span aria-hidden>{shown ? "✓" : "\u2003"}</span>}
                onClick={() => remember(`columns.${list}`, JSON.stringify({ ...choice, [column.id]: !shown }))}
              >
                {column.title}
              </Menu.Item>
            );
          })}
        <Menu.Divider />
        <Menu.Item disabled={isUsual} onClick={() => remember(`columns.${list}`, null)}>
          As the width allows
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function parseChoice(text: string | null): ColumnChoice {
  try {
    const kept: unknown = JSON.parse(text ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, wanted]) => typeof wanted === "boolean"));
  } catch {
    // Somebody else wrote it.
    return {};
  }
}
