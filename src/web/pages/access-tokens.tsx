// Tokens: one's own, and for administrators those of everybody. A secret is shown when it is made, and never again.

import { Button, NativeSelect, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { RoleName } from "../../wire/access.ts";
import type { SessionAnswer } from "../../wire/session.ts";
import type { TokensAnswer } from "../../wire/tokens.ts";
import { addToken, revokeToken, useAccessChange } from "../ask/access-changes.ts";
import { tokens } from "../ask/queries.ts";
import { FormDialog } from "../parts/form-dialog.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { SmallList } from "../parts/small-list.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import styles from "./access.module.css";
import { Expires, madeColumn, RowMenu } from "./access-cells.tsx";
import { ExpiryField, NameField } from "./access-fields.tsx";
import { SecretDialog, type Secret } from "./access-secret.tsx";

const pageSize = 50;
type TokenItem = TokensAnswer["items"][number];

export function TokensView({ session }: { readonly session: SessionAnswer }): ReactNode {
  const [{ of }, change] = useSearchState();
  const [cursor, turn] = useState<string>();
  const [isAdding, setAdding] = useState(false);
  const [revoked, setRevoked] = useState<TokenItem>();
  const [secret, setSecret] = useState<Secret>();
  const isSomebody = session.kind !== "anonymous";
  const all = session.may.admin && (of === "everybody" || !isSomebody);
  const query = useQuery(tokens({ ...(all && { all: true }), limit: pageSize, cursor, total: true }));
  return (
    <>
      <div className={styles.bar}>
        {session.may.admin && isSomebody && (
          <SegmentedControl
            aria-label="Whose tokens"
            value={all ? "everybody" : "mine"}
            onChange={(whose) => {
              turn(undefined);
              change({ of: whose === "everybody" ? whose : undefined });
            }}
            data={[
              { value: "mine", label: "Mine" },
              { value: "everybody", label: "Everybody's" },
            ]}
          />
        )}
        <span className={styles.grow} />
        <Button onClick={() => setAdding(true)}>Make a token</Button>
      </div>
      <SmallList
        query={query}
        many="tokens"
        one="token"
        columns={[
          { name: "Token", render: ({ name }) => name },
          ...(all ? [{ name: "Of", render: ({ of: owner }: TokenItem) => owner }] : []),
          { name: "At most", render: ({ role }) => role ?? "all that its owner may" },
          { name: "Expires", render: ({ expiresAt }) => <Expires at={expiresAt} /> },
          { name: "Last used", render: ({ lastUsedAt }) => (lastUsedAt === null ? "never" : <TimeTip time={lastUsedAt} />) },
          madeColumn<TokenItem>("Made"),
          {
            name: "",
            render: (token) => (
              <RowMenu
                of={`the token ${token.name}`}
                actions={[{ name: "Revoke…", act: () => setRevoked(token), isDangerous: true }]}
              />
            ),
          },
        ]}
        keyOf={({ id }) => id}
        turn={turn}
        nothingYet="A token goes where a password goes, and can be revoked alone: one for each machine is better than a password on all of them."
      />
      {isAdding && (
        <AddTokenDialog
          session={session}
          close={() => setAdding(false)}
          told={(made) => {
            setAdding(false);
            setSecret(made);
          }}
        />
      )}
      {revoked !== undefined && <RevokeDialog token={revoked} close={() => setRevoked(undefined)} />}
      {secret !== undefined && <SecretDialog {...secret} close={() => setSecret(undefined)} />}
    </>
  );
}

interface AddProps {
  readonly session: SessionAnswer;
  readonly close: () => void;
  readonly told: (made: Secret) => void;
}

function AddTokenDialog({ session, close, told }: AddProps): ReactNode {
  const [name, setName] = useState("");
  const [of, setOf] = useState(session.kind === "anonymous" ? "" : session.name);
  const [role, setRole] = useState<RoleName | "">("");
  const [expiresAt, setExpiresAt] = useState<string | null>(null);
  const add = useAccessChange(addToken);
  const submit = (): void =>
    add.mutate(
      { name: name.trim(), of: of.trim(), role: role === "" ? null : role, expiresAt },
      { onSuccess: ({ of: owner, secret }) => told({ name: owner, secret }) },
    );
  return (
    <FormDialog title="Make a token" verb="Make it" close={close} submit={submit} isPending={add.isPending} error={add.error}>
      <TextInput
        label="What it is for"
        placeholder="laptop"
        required
        withAsterisk={false}
        data-autofocus
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {session.may.admin && <NameField label="Of" description="A user or robot" value={of} change={setOf} />}
      <NativeSelect
        label="Good for at most"
        value={role}
        onChange={(event) => setRole(event.currentTarget.value as RoleName | "")}
        data={[
          { value: "", label: "All that its owner may" },
          { value: "pull", label: "Pulling" },
          { value: "push", label: "Pulling and pushing" },
          { value: "delete", label: "Pulling and deleting" },
          { value: "admin", label: "Everything" },
        ]}
      />
      <ExpiryField label="Expires" setExpiresAt={setExpiresAt} />
    </FormDialog>
  );
}

function RevokeDialog({ token, close }: { readonly token: TokenItem; readonly close: () => void }): ReactNode {
  const revoke = useAccessChange(revokeToken);
  return (
    <FormDialog
      title={`Revoke the token ${token.name}`}
      verb="Revoke it"
      isDangerous
      close={close}
      submit={() => revoke.mutate(token.id, { onSuccess: close })}
      isPending={revoke.isPending}
      error={revoke.error}
    >
      <Text size="md">
        It is void at once, and cannot be brought back. It belongs to {token.of} and was last used{" "}
        {token.lastUsedAt === null ? "never" : <TimeTip time={token.lastUsedAt} />}.
      </Text>
    </FormDialog>
  );
}
