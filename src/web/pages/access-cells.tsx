// Cells that several lists of access share, and the menu of a row.

import { ActionIcon, Menu, Text } from "@mantine/core";
import { IconAlertTriangle, IconDots } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Account } from "../../wire/users.ts";
import { useNow } from "../ask/clock.ts";
import type { SmallColumn } from "../parts/small-list.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { expiryOf, unusedFor } from "../show/access.ts";
import styles from "./access.module.css";

export function LastUsed({ account }: { readonly account: Account }): ReactNode {
  const unused = unusedFor(account, useNow());
  const used = account.lastUsedAt === null ? "never" : <TimeTip time={account.lastUsedAt} />;
  if (unused === undefined) return used;
  return (
    <span className={styles.mark}>
      <IconAlertTriangle size={14} aria-hidden />
      <span>unused for {unused}</span>
    </span>
  );
}

export function Expires({ at }: { readonly at: string | null }): ReactNode {
  const { text, state } = expiryOf(at, useNow());
  if (at === null) return text;
  const shown = <TimeTip time={at}>{state === "passed" ? `expired ${text}` : text}</TimeTip>;
  if (state === "far") return shown;
  return (
    <span className={styles.mark}>
      <IconAlertTriangle size={14} aria-hidden />
      {shown}
      {state === "soon" && <span className="sr-only">, soon</span>}
    </span>
  );
}

/** What users and robots have in common. */
export const accountColumns = {
  name: { name: "Name", render: ({ name }: Account) => name },
  groups: { name: "Groups", render: ({ groups }: Account) => (groups.length === 0 ? "none" : groups.join(", ")) },
  tokens: { name: "Tokens", render: ({ tokens }: Account) => tokens, isNumber: true },
  used: { name: "Last used", render: (account: Account) => <LastUsed account={account} /> },
  state: { name: "State", render: ({ disabledAt }: Account) => (disabledAt === null ? "enabled" : "disabled") },
  created: madeColumn<Account>("Created"),
} as const;

export function madeColumn<Item extends { readonly createdAt: string; readonly createdBy: string | null }>(
  name: string,
): SmallColumn<Item> {
  return {
    name,
    render: ({ createdAt, createdBy }) => (
      <>
        <TimeTip time={createdAt} />
        {createdBy !== null && ` by ${createdBy}`}
      </>
    ),
  };
}

export interface RowAction {
  readonly name: string;
  readonly act: () => void;
  readonly isDangerous?: boolean;
  /** Why it is not possible: it stays readable and does nothing. */
  readonly reason?: string | undefined;
}

export function RowMenu({ of, actions }: { readonly of: string; readonly actions: readonly RowAction[] }): ReactNode {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${of}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(({ name, act, isDangerous = false, reason }) => (
          <Menu.Item
            key={name}
            aria-disabled={reason !== undefined}
            closeMenuOnClick={reason === undefined}
            {...(reason === undefined && { onClick: act })}
            {...((isDangerous || reason !== undefined) && { c: reason === undefined ? "var(--mantine-color-error)" : "dimmed" })}
          >
            {name}
            {reason !== undefined && (
              <Text size="xs" c="dimmed" maw={240}>
                {reason}
              </Text>
            )}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
