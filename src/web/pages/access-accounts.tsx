// What the lists of users and of robots share: the filter, and what can be done with an account.

import { Button, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Account } from "../../wire/users.ts";
import { changeAccount, removeAccount, useAccessChange, type AccountChange, type AccountKind } from "../ask/access-changes.ts";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { TextFilter } from "../parts/text-filter.tsx";
import styles from "./access.module.css";
import { ExpiryField, GroupsField } from "./access-fields.tsx";

interface NameFilter {
  /** What the list is asked with. */
  readonly q: string | undefined;
  readonly change: (text: string) => void;
}

/** In the address. `turned`: the list begins at its first page again. */
export function useNameFilter(turned: () => void): NameFilter {
  const [{ q }, change] = useSearchState();
  return {
    q,
    change(text) {
      turned();
      change({ q: text.trim() }, { replace: true });
    },
  };
}

interface FilterBarProps {
  readonly filter: NameFilter;
  readonly add: string;
  readonly onAdd: () => void;
}

export function FilterBar({ filter, add, onAdd }: FilterBarProps): ReactNode {
  return (
    <div className={styles.bar}>
      <TextFilter label="Filter by name" value={filter.q ?? ""} onChange={filter.change} />
      <span className={styles.grow} />
      <Button onClick={onAdd}>{add}</Button>
    </div>
  );
}

interface DialogProps {
  readonly kind: AccountKind;
  readonly account: Account;
  readonly close: () => void;
}

export function DeleteDialog({ kind, account: { name, tokens }, close }: DialogProps): ReactNode {
  const remove = useAccessChange(removeAccount);
  return (
    <FormDialog
      title={`Delete ${kind} ${name}`}
      verb={`Delete ${name}`}
      isDangerous
      close={close}
      submit={() => remove.mutate({ kind, name }, { onSuccess: close })}
      isPending={remove.isPending}
      error={remove.error}
    >
      <Text size="md">
        {name} goes with all rights and {tokens === 0 ? "has no token" : tokens === 1 ? "one token" : `${tokens} tokens`}: what
        logs in as {name} stops at once. What {name} pushed stays, and so does the name in the audit log.
      </Text>
      <Text size="md">Disabling does the same and can be taken back.</Text>
    </FormDialog>
  );
}

/** Groups, and for robots until when they may come in. */
export function EditDialog({ kind, account, close }: DialogProps): ReactNode {
  const [groups, setGroups] = useState<readonly string[]>(account.groups);
  const [expiresAt, setExpiresAt] = useState<string | null>();
  const change = useAccessChange(changeAccount);
  return (
    <FormDialog
      title={`Change ${kind} ${account.name}`}
      verb="Save"
      close={close}
      submit={() =>
        change.mutate(
          { kind, name: account.name, change: { groups, ...(expiresAt !== undefined && { expiresAt }) } },
          { onSuccess: close },
        )
      }
      isPending={change.isPending}
      error={change.error}
    >
      <GroupsField value={groups} change={setGroups} />
      {kind === "robot" &&
        (expiresAt === undefined ? (
          <Button variant="default" onClick={() => setExpiresAt(null)}>
            Change when it expires
          </Button>
        ) : (
          <ExpiryField label="Expires" setExpiresAt={setExpiresAt} />
        ))}
    </FormDialog>
  );
}

/** Disabling needs a dialog, because it ends what is under way; enabling does not. */
export function DisableDialog({ kind, account: { name }, close }: DialogProps): ReactNode {
  const disable = useAccessChange<AccountChange, unknown>(changeAccount);
  return (
    <FormDialog
      title={`Disable ${kind} ${name}`}
      verb={`Disable ${name}`}
      isDangerous
      close={close}
      submit={() => disable.mutate({ kind, name, change: { disabled: true } }, { onSuccess: close })}
      isPending={disable.isPending}
      error={disable.error}
    >
      <Text size="md">
        Nobody comes in as {name} until it is enabled again: all sessions end now, and tokens are worth nothing meanwhile. Rights
        stay.
      </Text>
    </FormDialog>
  );
}
