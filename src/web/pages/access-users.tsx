// The users: people who come in with a password, with the provider, or with tokens only.

import { PasswordInput, SegmentedControl, Switch, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { SessionAnswer } from "../../wire/session.ts";
import type { UserItem } from "../../wire/users.ts";
import { addUser, changeAccount, signUserOut, useAccessChange } from "../ask/access-changes.ts";
import { users } from "../ask/queries.ts";
import { FormDialog } from "../parts/form-dialog.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { SmallList } from "../parts/small-list.tsx";
import { DeleteDialog, DisableDialog, EditDialog, FilterBar, useNameFilter } from "./access-accounts.tsx";
import { accountColumns, RowMenu, type RowAction } from "./access-cells.tsx";
import { GroupsField, NameField } from "./access-fields.tsx";

const pageSize = 50;
const signInWords = { password: "password", provider: "provider", tokens: "tokens only" } as const;
type Dialog = "add" | "edit" | "password" | "disable" | "delete";

export function UsersView({ session }: { readonly session: SessionAnswer }): ReactNode {
  const [cursor, turn] = useState<string>();
  const filter = useNameFilter(() => turn(undefined));
  const [shown, setShown] = useState<{ readonly dialog: Dialog; readonly user?: UserItem }>();
  const query = useQuery(users({ search: filter.q, limit: pageSize, cursor, total: true }));
  const enable = useAccessChange(changeAccount);
  const signOut = useAccessChange(signUserOut);
  const close = (): void => setShown(undefined);

  const actionsOf = (user: UserItem): RowAction[] => {
    const show = (dialog: Dialog) => (): void => setShown({ dialog, user });
    const isSelf = user.name === session.name;
    const other = isSelf ? "Not yourself: let another administrator do it" : undefined;
    return [
      { name: "Change groups…", act: show("edit") },
      {
        name: "Set a password…",
        act: show("password"),
        reason: user.signIn === "provider" ? "Signs in with the provider, which has the password" : undefined,
      },
      { name: "Sign out everywhere", act: () => signOut.mutate(user.name) },
      user.disabledAt === null
        ? { name: "Disable…", act: show("disable"), reason: other }
        : { name: "Enable", act: () => enable.mutate({ kind: "user", name: user.name, change: { disabled: false } }) },
      { name: "Delete…", act: show("delete"), isDangerous: true, reason: other },
    ];
  };
  const { name, groups, tokens, used, state, created } = accountColumns;
  return (
    <>
      <FilterBar filter={filter} add="Add a user" onAdd={() => setShown({ dialog: "add" })} />
      {signOut.isError && <ProblemPanel error={signOut.error} what={`sign ${signOut.variables} out everywhere`} />}
      {enable.isError && <ProblemPanel error={enable.error} what={`enable ${enable.variables.name}`} />}
      <SmallList
        query={query}
        many="users"
        one="user"
        columns={[
          name,
          groups,
          {
            name: "Sign-in",
            render: ({ signIn, mustChange }) => `${signInWords[signIn]}${mustChange ? ", to be changed" : ""}`,
          },
          tokens,
          used,
          state,
          created,
          { name: "", render: (user) => <RowMenu of={user.name} actions={actionsOf(user)} /> },
        ]}
        keyOf={({ id }) => id}
        isMuted={({ disabledAt }) => disabledAt !== null}
        turn={turn}
        clear={filter.q === undefined ? undefined : () => filter.change("")}
        nothingYet="Add one: the first should be an administrator."
      />
      {shown?.dialog === "add" && <AddUserDialog isFirst={session.open} close={close} />}
      {shown?.user !== undefined && shown.dialog === "edit" && <EditDialog kind="user" account={shown.user} close={close} />}
      {shown?.user !== undefined && shown.dialog === "password" && <PasswordDialog name={shown.user.name} close={close} />}
      {shown?.user !== undefined && shown.dialog === "disable" && (
        <DisableDialog kind="user" account={shown.user} close={close} />
      )}
      {shown?.user !== undefined && shown.dialog === "delete" && <DeleteDialog kind="user" account={shown.user} close={close} />}
    </>
  );
}

/** `isFirst`: until now everybody may do everything. */
function AddUserDialog({ isFirst, close }: { readonly isFirst: boolean; readonly close: () => void }): ReactNode {
  const [name, setName] = useState("");
  const [by, setBy] = useState("password");
  const [password, setPassword] = useState("");
  const [mustChange, setMustChange] = useState(!isFirst);
  const [administrator, setAdministrator] = useState(isFirst);
  const [groups, setGroups] = useState<readonly string[]>([]);
  const add = useAccessChange(addUser);
  const isPassword = by === "password";
  const submit = (): void =>
    add.mutate(
      { name: name.trim(), administrator, groups, mustChange: isPassword && mustChange, ...(isPassword && { password }) },
      { onSuccess: close },
    );
  return (
    <FormDialog title="Add a user" verb="Add" close={close} submit={submit} isPending={add.isPending} error={add.error}>
      <NameField label="Name" description="Lower-case letters, digits and . _ @ + -" hasFocus value={name} change={setName} />
      <SegmentedControl
        aria-label="Comes in with"
        value={by}
        onChange={setBy}
        data={[
          { value: "password", label: "A password" },
          { value: "tokens", label: "Tokens only" },
        ]}
      />
      {isPassword && (
        <>
          <NewPassword value={password} change={setPassword} />
          <Switch
            label="Must choose another one when signing in"
            checked={mustChange}
            onChange={(event) => setMustChange(event.currentTarget.checked)}
          />
        </>
      )}
      <Switch
        label="Administrator of the registry"
        description={isFirst ? "Without an administrator nobody can give rights any more, except at the console" : undefined}
        checked={administrator}
        onChange={(event) => setAdministrator(event.currentTarget.checked)}
      />
      <GroupsField value={groups} change={setGroups} />
    </FormDialog>
  );
}

function PasswordDialog({ name, close }: { readonly name: string; readonly close: () => void }): ReactNode {
  const [password, setPassword] = useState("");
  const change = useAccessChange(changeAccount);
  return (
    <FormDialog
      title={`Set a password for ${name}`}
      verb="Set the password"
      close={close}
      submit={() => change.mutate({ kind: "user", name, change: { password } }, { onSuccess: close })}
      isPending={change.isPending}
      error={change.error}
    >
      <Text size="md">
        The old one is void at once, with all sessions and whatever was issued for it. {name} must choose another one when signing
        in.
      </Text>
      <NewPassword value={password} change={setPassword} />
    </FormDialog>
  );
}

function NewPassword({ value, change }: { readonly value: string; readonly change: (text: string) => void }): ReactNode {
  return (
    <PasswordInput
      label="Password"
      description="At least 10 characters"
      required
      withAsterisk={false}
      autoComplete="new-password"
      visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
