// The audit log: who did what to which object from where, and what was refused. What is filtered stands in the address.

import { Anchor, Box, Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { AuditItem } from "../../wire/audit.ts";
import { formatQuery } from "../ask/ask.ts";
import { audit } from "../ask/queries.ts";
import { useSearchState } from "../parts/search-state.ts";
import { SmallList } from "../parts/small-list.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { useTyped } from "../parts/typed.ts";
import { formatDetail } from "../show/access.ts";
import { formatUtc } from "../show/time.ts";
import styles from "./access.module.css";

const pageSize = 50;
/** The API's parameters, and how they are called in the address. */
const texts = { principal: "Who", action: "Action", object: "Object", repository: "Repository" } as const;
const filterNames = ["principal", "action", "object", "repository", "outcome", "from", "to"] as const;

export function AuditView(): ReactNode {
  const [search, change] = useSearchState();
  const [cursor, turn] = useState<string>();
  // Other fields, when they are cleared: what was typed and not yet told goes with them.
  const [round, setRound] = useState(0);
  const filters = Object.fromEntries(filterNames.map((name) => [name, search[name]]));
  const query = useQuery(audit({ ...filters, limit: pageSize, cursor, total: true }));
  const filter = (changes: Record<string, string>): void => {
    turn(undefined);
    change(changes, { replace: true });
  };
  const isFiltered = filterNames.some((name) => search[name] !== undefined);
  const clear = (): void => {
    setRound(round + 1);
    filter(Object.fromEntries(filterNames.map((name) => [name, ""])));
  };
  return (
    <>
      <Box className={styles.fields ?? ""} mb="sm" key={round}>
        {Object.entries(texts).map(([name, label]) => (
          <Field key={name} label={label} value={search[name] ?? ""} onChange={(text) => filter({ [name]: text })} />
        ))}
        <NativeSelect
          label="Outcome"
          value={search["outcome"] ?? ""}
          onChange={(event) => filter({ outcome: event.currentTarget.value })}
          data={[
            { value: "", label: "Both" },
            { value: "done", label: "Done" },
            { value: "refused", label: "Refused" },
          ]}
        />
        {(["from", "to"] as const).map((name) => (
          <Field
            key={name}
            isDay
            label={name === "from" ? "From (UTC)" : "Before (UTC)"}
            value={search[name] ?? ""}
            onChange={(day) => filter({ [name]: day })}
          />
        ))}
        {isFiltered && (
          <Button variant="default" onClick={clear}>
            Clear
          </Button>
        )}
        <Anchor href={`/api/v1/audit${formatQuery({ ...filters, format: "csv" })}`} download="hythe-audit.csv" size="md" py={8}>
          CSV of all that match
        </Anchor>
      </Box>
      <SmallList
        query={query}
        many="entries"
        one="entry"
        columns={[
          { name: "Time (UTC)", render: ({ at }) => <TimeTip time={at}>{formatUtc(at).slice(0, 19)}</TimeTip> },
          { name: "Who", render: ({ principal }) => principal },
          { name: "Action", render: ({ action }) => action },
          { name: "Object", render: ({ object }) => <span className={styles.detail}>{object}</span> },
          { name: "Outcome", render: ({ outcome }) => outcome },
          { name: "From", render: ({ address }) => address ?? "the console" },
          { name: "Detail", render: Detail },
        ]}
        keyOf={({ id }) => id}
        turn={turn}
        clear={isFiltered ? clear : undefined}
        nothingYet="Whatever is done to users, rights, tokens, tags and images will stand here."
      />
    </>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly isDay?: boolean;
  readonly onChange: (text: string) => void;
}

function Field({ label, value, isDay = false, onChange }: FieldProps): ReactNode {
  const [text, setText] = useTyped(value, onChange);
  const kind = isDay ? { type: "date" } : { autoCapitalize: "none", spellCheck: false };
  return <TextInput {...kind} label={label} value={text} onChange={(event) => setText(event.currentTarget.value)} />;
}

function Detail({ detail, userAgent }: AuditItem): ReactNode {
  const text = formatDetail(detail);
  if (text === "") return null;
  return (
    <span className={styles.detail} title={userAgent}>
      {text}
    </span>
  );
}
