// The robots: accounts of programs, which come in with a token. Those that nobody used for ninety days are marked.

import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { GivenRole } from "../../wire/grants.ts";
import type { RobotItem } from "../../wire/robots.ts";
import { addRobot, addToken, changeAccount, useAccessChange } from "../ask/access-changes.ts";
import { robots } from "../ask/queries.ts";
import { FormDialog } from "../parts/form-dialog.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { SmallList } from "../parts/small-list.tsx";
import { DeleteDialog, DisableDialog, EditDialog, FilterBar, useNameFilter } from "./access-accounts.tsx";
import { accountColumns, Expires, RowMenu, type RowAction } from "./access-cells.tsx";
import { ExpiryField, NameField, patternHint, RightFields } from "./access-fields.tsx";
import { SecretDialog, type Secret } from "./access-secret.tsx";

const pageSize = 50;
type Dialog = "add" | "edit" | "rotate" | "disable" | "delete";
const noRight: GivenRole = { role: "pull", pattern: "", overwrite: true };

export function RobotsView(): ReactNode {
  const [cursor, turn] = useState<string>();
  const filter = useNameFilter(() => turn(undefined));
  const [shown, setShown] = useState<{ readonly dialog: Dialog; readonly robot?: RobotItem }>();
  const [secret, setSecret] = useState<Secret>();
  const query = useQuery(robots({ search: filter.q, limit: pageSize, cursor, total: true }));
  const enable = useAccessChange(changeAccount);
  const close = (): void => setShown(undefined);
  const told = (made: Secret): void => {
    close();
    setSecret(made);
  };

  const actionsOf = (robot: RobotItem): RowAction[] => {
    const show = (dialog: Dialog) => (): void => setShown({ dialog, robot });
    return [
      { name: "New token…", act: show("rotate") },
      { name: "Change…", act: show("edit") },
      robot.disabledAt === null
        ? { name: "Disable…", act: show("disable") }
        : { name: "Enable", act: () => enable.mutate({ kind: "robot", name: robot.name, change: { disabled: false } }) },
      { name: "Delete…", act: show("delete"), isDangerous: true },
    ];
  };
  const { name, groups, tokens, used, state, created } = accountColumns;
  return (
    <>
      <FilterBar filter={filter} add="Add a robot" onAdd={() => setShown({ dialog: "add" })} />
      {enable.isError && <ProblemPanel error={enable.error} what={`enable ${enable.variables.name}`} />}
      <SmallList
        query={query}
        many="robots"
        one="robot"
        columns={[
          name,
          groups,
          { name: "Expires", render: ({ expiresAt }) => <Expires at={expiresAt} /> },
          tokens,
          used,
          state,
          created,
          { name: "", render: (robot) => <RowMenu of={robot.name} actions={actionsOf(robot)} /> },
        ]}
        keyOf={({ id }) => id}
        isMuted={({ disabledAt }) => disabledAt !== null}
        turn={turn}
        clear={filter.q === undefined ? undefined : () => filter.change("")}
        nothingYet="A robot is an account for a program: CI, a cluster, a backup."
      />
      {shown?.dialog === "add" && <AddRobotDialog close={close} told={told} />}
      {shown?.robot !== undefined && shown.dialog === "edit" && <EditDialog kind="robot" account={shown.robot} close={close} />}
      {shown?.robot !== undefined && shown.dialog === "rotate" && <RotateDialog robot={shown.robot} close={close} told={told} />}
      {shown?.robot !== undefined && shown.dialog === "disable" && (
        <DisableDialog kind="robot" account={shown.robot} close={close} />
      )}
      {shown?.robot !== undefined && shown.dialog === "delete" && (
        <DeleteDialog kind="robot" account={shown.robot} close={close} />
      )}
      {secret !== undefined && <SecretDialog {...secret} close={() => setSecret(undefined)} />}
    </>
  );
}

interface MakingProps {
  readonly close: () => void;
  readonly told: (made: Secret) => void;
}

function AddRobotDialog({ close, told }: MakingProps): ReactNode {
  const [name, setName] = useState("");
  const [expiresAt, setExpiresAt] = useState<string | null>(null);
  const [rights, setRights] = useState<readonly GivenRole[]>([noRight]);
  const add = useAccessChange(addRobot);
  const changeRight = (at: number, right: GivenRole | undefined): void =>
    setRights(right === undefined ? rights.toSpliced(at, 1) : rights.with(at, right));
  return (
    <FormDialog
      title="Add a robot"
      verb="Add"
      close={close}
      submit={() => add.mutate({ name: name.trim(), expiresAt, grants: rights }, { onSuccess: told })}
      isPending={add.isPending}
      error={add.error}
    >
      <NameField label="Name" description="It is the user name when logging in" hasFocus value={name} change={setName} />
      {rights.map((right, at) => (
        <RightFields
          // eslint-disable-next-line react/no-array-index-key -- rights have no names, and fields hold no state of their own
          key={at}
          value={right}
          change={(value) => changeRight(at, value)}
          {...(rights.length > 1 && { remove: () => changeRight(at, undefined) })}
        />
      ))}
      <Text size="sm" c="dimmed">
        {patternHint}
      </Text>
      <Button variant="default" size="xs" onClick={() => setRights([...rights, noRight])}>
        Another right
      </Button>
      <ExpiryField label="Expires" setExpiresAt={setExpiresAt} />
    </FormDialog>
  );
}

function RotateDialog({ robot: { name, tokens }, close, told }: MakingProps & { readonly robot: RobotItem }): ReactNode {
  const add = useAccessChange(addToken);
  return (
    <FormDialog
      title={`A new token for ${name}`}
      verb="Make a new token"
      isDangerous={tokens > 0}
      close={close}
      submit={() =>
        add.mutate(
          { of: name, name: "rotated", role: null, expiresAt: null, replace: true },
          { onSuccess: ({ secret }) => told({ name, secret }) },
        )
      }
      isPending={add.isPending}
      error={add.error}
    >
      <Text size="md">
        {tokens === 0
          ? `${name} has no token now.`
          : `In the same instant the ${tokens === 1 ? "one that it has is" : `${tokens} that it has are`} void, and what logs in with ${tokens === 1 ? "it" : "them"} stops.`}
      </Text>
      <Text size="md">
        To change without a gap, add a second token under Tokens, and revoke the old one when it is used no more.
      </Text>
    </FormDialog>
  );
}
