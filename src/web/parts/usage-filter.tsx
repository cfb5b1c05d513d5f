// Filters a list by the usage states that are wanted.

import { Button, Menu } from "@mantine/core";
import { IconSelector } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { UsageState } from "../../wire/usage.ts";
import { usageNames, usageOrder } from "../show/usage.ts";
import { UsageDot } from "./usage-sign.tsx";

export function UsageFilter({
  value,
  onChange,
}: {
  value: readonly string[];
  onChange: (states: readonly UsageState[]) => void;
}): ReactNode {
  const chosen = usageOrder.filter((state) => value.includes(state));
  return (
    <Menu closeOnItemClick={false} position="bottom-start">
      <Menu.Target>
        <Button size="xs" px={10} variant="default" fw={400} rightSection={<IconSelector size={14} aria-hidden />}>
          {chosen.length === 0 ? "Any usage" : chosen.map((state) => usageNames[state]).join(", ")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Of the image, by any of its names</Menu.Label>
        {usageOrder.map((state) => {
          const isChosen = chosen.includes(state);
          return (
            <Menu.Item
              key={state}
              role="menuitemcheckbox"
              aria-checked={isChosen}
              leftSection={<UsageDot state={state} />}
              rightSection={<span aria-hidden>{isChosen ? "✓" : "\u2003"}</span>}
              onClick={() => onChange(usageOrder.filter((each) => (each === state ? !isChosen : chosen.includes(each))))}
            >
              {usageNames[state]}
            </Menu.Item>
          );
        })}
        <Menu.Divider />
        <Menu.Item disabled={chosen.length === 0} onClick={() => onChange([])}>
          Any usage
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
