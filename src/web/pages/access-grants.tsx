// Grants: who was given which role on which repositories. Who administers a part sees that part.

import { Button, SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { GivenRole, GrantsAnswer, GrantSubject } from "../../wire/grants.ts";
import type { SessionAnswer } from "../../wire/session.ts";
import { addGrant, removeGrant, useAccessChange } from "../ask/access-changes.ts";
import { grants } from "../ask/queries.ts";
import { FormDialog } from "../parts/form-dialog.tsx";
import { SmallList } from "../parts/small-list.tsx";
import { formatRole, formatSubject } from "../show/access.ts";
import styles from "./access.module.css";
import { madeColumn, RowMenu } from "./access-cells.tsx";
import { NameField, patternHint, RightFields } from "./access-fields.tsx";

const pageSize = 50;
type GrantItem = GrantsAnswer["items"][number];

export function GrantsView({ session }: { readonly session: SessionAnswer }): ReactNode {
  const [cursor, turn] = useState<string>();
  const [isAdding, setAdding] = useState(false);
  const [taken, setTaken] = useState<GrantItem>();
  const query = useQuery(grants({ limit: pageSize, cursor, total: true }));
  const reasonOf = ({ to, role, pattern }: GrantItem): string | undefined =>
    "account" in to && to.account === session.name && role === "admin" && pattern === "*"
      ? "Not from yourself: let another administrator do it"
      : undefined;
  return (
    <>
      <div className={styles.bar}>
        <Text size="md" c="dimmed" maw={640}>
          Rights add up; there is nothing that takes away what another grant gives. They count at once, also for who is signed in.
        </Text>
        <span className={styles.grow} />
        <Button onClick={() => setAdding(true)}>Give a right</Button>
      </div>
      <SmallList
        query={query}
        many="grants"
        one="grant"
        columns={[
          { name: "To", render: ({ to }) => formatSubject(to) },
          { name: "Role", render: formatRole },
          { name: "Repositories", render: ({ pattern }) => <span className="mono">{pattern}</span> },
          { name: "Number", render: ({ id }) => id, isNumber: true },
          madeColumn<GrantItem>("Given"),
          {
            name: "",
            render: (grant) => (
              <RowMenu
                of={`grant ${grant.id}`}
                actions={[{ name: "Take it back…", act: () => setTaken(grant), isDangerous: true, reason: reasonOf(grant) }]}
              />
            ),
          },
        ]}
        keyOf={({ id }) => id}
        turn={turn}
        nothingYet={session.open ? "The first one closes the registry." : "Nobody may do anything that no grant allows."}
      />
      {isAdding && <GiveDialog close={() => setAdding(false)} />}
      {taken !== undefined && <TakeDialog grant={taken} close={() => setTaken(undefined)} />}
    </>
  );
}

type SubjectKind = "account" | "group" | "everyone";

function GiveDialog({ close }: { readonly close: () => void }): ReactNode {
  const [kind, setKind] = useState<SubjectKind>("account");
  const [name, setName] = useState("");
  const [right, setRight] = useState<GivenRole>({ role: "pull", pattern: "", overwrite: true });
  const add = useAccessChange(addGrant);
  const to: GrantSubject =
    kind === "everyone" ? { everyone: true } : kind === "group" ? { group: name.trim() } : { account: name.trim() };
  return (
    <FormDialog
      title="Give a right"
      verb="Give it"
      close={close}
      submit={() => add.mutate({ ...right, to }, { onSuccess: close })}
      isPending={add.isPending}
      error={add.error}
    >
      <SegmentedControl
        aria-label="To whom"
        value={kind}
        onChange={(chosen) => setKind(chosen)}
        data={[
          { value: "account", label: "A user or robot" },
          { value: "group", label: "A group" },
          { value: "everyone", label: "Everyone" },
        ]}
      />
      {kind === "everyone" ? (
        <Text size="md">Also those who do not sign in.</Text>
      ) : (
        <NameField label={kind === "group" ? "Group" : "User or robot"} hasFocus value={name} change={setName} />
      )}
      <RightFields value={right} change={setRight} />
      <Text size="sm" c="dimmed">
        {patternHint}
      </Text>
    </FormDialog>
  );
}

function TakeDialog({ grant, close }: { readonly grant: GrantItem; readonly close: () => void }): ReactNode {
  const remove = useAccessChange(removeGrant);
  return (
    <FormDialog
      title={`Take grant ${grant.id} back`}
      verb="Take it back"
      isDangerous
      close={close}
      submit={() => remove.mutate(grant.id, { onSuccess: close })}
      isPending={remove.isPending}
      error={remove.error}
    >
      <Text size="md">
        It gives {formatRole(grant)} on <span className="mono">{grant.pattern}</span> to {formatSubject(grant.to)}. What other
        grants give stays. It counts at once.
      </Text>
    </FormDialog>
  );
}
