// Fields that several forms of access share.

import { Button, NativeSelect, Switch, TagsInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import type { RoleName } from "../../wire/access.ts";
import type { GivenRole } from "../../wire/grants.ts";
import { useNow } from "../ask/clock.ts";
import { groups } from "../ask/queries.ts";
import styles from "./access.module.css";

const day = 24 * 3_600_000;
const spans: Readonly<Record<string, string>> = {
  "": "Never",
  "30": "In 30 days",
  "90": "In 90 days",
  "365": "In a year",
  date: "On a day…",
};

interface ExpiryFieldProps {
  readonly label: string;
  readonly setExpiresAt: (time: string | null) => void;
}

/** Days are counted by the clock of the server. */
export function ExpiryField({ label, setExpiresAt }: ExpiryFieldProps): ReactNode {
  const now = useNow();
  const [span, setSpan] = useState("");
  const choose = (chosen: string): void => {
    setSpan(chosen);
    setExpiresAt(chosen === "" || chosen === "date" ? null : new Date(now + Number(chosen) * day).toISOString());
  };
  return (
    <>
      <NativeSelect
        label={label}
        value={span}
        onChange={(event) => choose(event.currentTarget.value)}
        data={Object.entries(spans).map(([value, text]) => ({ value, label: text }))}
      />
      {span === "date" && (
        <TextInput
          type="date"
          label="The day (UTC); it ends when the day begins"
          required
          withAsterisk={false}
          min={new Date(now + day).toISOString().slice(0, 10)}
          onChange={(event) => setExpiresAt(event.currentTarget.value || null)}
        />
      )}
    </>
  );
}

interface NameFieldProps {
  readonly label: string;
  readonly description?: string;
  /** When its dialog opens. */
  readonly hasFocus?: boolean;
  readonly value: string;
  readonly change: (name: string) => void;
}

/** The name of an account or a group: as it is typed, without what browsers add. */
export function NameField({ hasFocus, value, change, ...words }: NameFieldProps): ReactNode {
  return (
    <TextInput
      {...words}
      required
      withAsterisk={false}
      data-autofocus={hasFocus}
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}

interface GroupsFieldProps {
  readonly value: readonly string[];
  readonly change: (groups: string[]) => void;
}

export function GroupsField({ value, change }: GroupsFieldProps): ReactNode {
  const known = useQuery(groups());
  return (
    <TagsInput
      label="Groups"
      description="A group is made by putting somebody into it"
      value={[...value]}
      onChange={change}
      data={known.data?.items.map(({ name }) => name) ?? []}
      acceptValueOnBlur
      splitChars={[","]}
    />
  );
}

const roles: Readonly<Record<RoleName, string>> = {
  pull: "pull: look and pull",
  push: "push: pull, new tags, moving tags",
  delete: "delete: pull, deleting",
  admin: "admin: everything, and giving rights",
};

interface RightFieldsProps {
  readonly value: GivenRole;
  readonly change: (value: GivenRole) => void;
  readonly remove?: () => void;
}

/** A role on the repositories of a pattern. */
export function RightFields({ value, change, remove }: RightFieldsProps): ReactNode {
  return (
    <div>
      <div className={styles.fields}>
        <NativeSelect
          label="Role"
          value={value.role}
          onChange={(event) => change({ ...value, role: event.currentTarget.value as RoleName })}
          data={Object.entries(roles).map(([role, text]) => ({ value: role, label: text }))}
        />
        <TextInput
          label="Repositories"
          placeholder="team/*"
          required
          withAsterisk={false}
          autoCapitalize="none"
          spellCheck={false}
          value={value.pattern}
          onChange={(event) => change({ ...value, pattern: event.currentTarget.value })}
        />
        {remove !== undefined && (
          <Button variant="default" onClick={remove}>
            Remove
          </Button>
        )}
      </div>
      {value.role === "push" && (
        <Switch
          mt="xs"
          label="May move tags that exist"
          checked={value.overwrite}
          onChange={(event) => change({ ...value, overwrite: event.currentTarget.checked })}
        />
      )}
    </div>
  );
}

export const patternHint =
  "In a pattern * stands for any characters, slashes too: team/* is everything below team/, * is every repository.";
