// Rules that keep tags where they are, for everybody.

import { Button, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { RulesAnswer } from "../../wire/grants.ts";
import { addRule, removeRule, useAccessChange } from "../ask/access-changes.ts";
import { rules } from "../ask/queries.ts";
import { FormDialog } from "../parts/form-dialog.tsx";
import { SmallList } from "../parts/small-list.tsx";
import styles from "./access.module.css";
import { madeColumn, RowMenu } from "./access-cells.tsx";
import { patternHint } from "./access-fields.tsx";

const pageSize = 50;
type RuleItem = RulesAnswer["items"][number];

export function RulesView(): ReactNode {
  const [cursor, turn] = useState<string>();
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<RuleItem>();
  const query = useQuery(rules({ limit: pageSize, cursor, total: true }));
  return (
    <>
      <div className={styles.bar}>
        <Text size="md" c="dimmed" maw={640}>
          Nobody moves or deletes a tag that a rule keeps, administrators neither, nor the image that it is on. New tags are
          pushed as before.
        </Text>
        <span className={styles.grow} />
        <Button onClick={() => setAdding(true)}>Keep tags</Button>
      </div>
      <SmallList
        query={query}
        many="rules"
        one="rule"
        columns={[
          { name: "Repositories", render: ({ repositoryPattern }) => <span className="mono">{repositoryPattern}</span> },
          { name: "Tags", render: ({ tagPattern }) => <span className="mono">{tagPattern}</span> },
          { name: "Number", render: ({ id }) => id, isNumber: true },
          madeColumn<RuleItem>("Made"),
          {
            name: "",
            render: (rule) => (
              <RowMenu of={`rule ${rule.id}`} actions={[{ name: "Remove…", act: () => setRemoved(rule), isDangerous: true }]} />
            ),
          },
        ]}
        keyOf={({ id }) => id}
        turn={turn}
        nothingYet="Every tag may be moved by those who may push, and deleted by those who may delete."
      />
      {isAdding && <AddRuleDialog close={() => setAdding(false)} />}
      {removed !== undefined && <RemoveDialog rule={removed} close={() => setRemoved(undefined)} />}
    </>
  );
}

function AddRuleDialog({ close }: { readonly close: () => void }): ReactNode {
  const [repositoryPattern, setRepositoryPattern] = useState("");
  const [tagPattern, setTagPattern] = useState("");
  const add = useAccessChange(addRule);
  const field = { required: true, withAsterisk: false, autoCapitalize: "none", spellCheck: false };
  return (
    <FormDialog
      title="Keep tags where they are"
      verb="Keep them"
      close={close}
      submit={() => add.mutate({ repositoryPattern, tagPattern }, { onSuccess: close })}
      isPending={add.isPending}
      error={add.error}
    >
      <TextInput
        {...field}
        label="Repositories"
        placeholder="team/*"
        data-autofocus
        value={repositoryPattern}
        onChange={(event) => setRepositoryPattern(event.currentTarget.value)}
      />
      <TextInput
        {...field}
        label="Tags"
        placeholder="v*"
        value={tagPattern}
        onChange={(event) => setTagPattern(event.currentTarget.value)}
      />
      <Text size="sm" c="dimmed">
        {patternHint}
      </Text>
    </FormDialog>
  );
}

function RemoveDialog({ rule, close }: { readonly rule: RuleItem; readonly close: () => void }): ReactNode {
  const remove = useAccessChange(removeRule);
  return (
    <FormDialog
      title={`Remove rule ${rule.id}`}
      verb="Remove it"
      isDangerous
      close={close}
      submit={() => remove.mutate(rule.id, { onSuccess: close })}
      isPending={remove.isPending}
      error={remove.error}
    >
      <Text size="md">
        The tags <span className="mono">{rule.tagPattern}</span> in <span className="mono">{rule.repositoryPattern}</span> may be
        moved and deleted again by those who may. It is in the audit log.
      </Text>
    </FormDialog>
  );
}
