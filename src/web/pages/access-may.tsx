// May somebody do something, and why? The question stands in the address, so that the answer can be sent to whoever asked.

import { Button, NativeSelect, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import type { MayAnswer } from "../../wire/access.ts";
import type { SessionAnswer } from "../../wire/session.ts";
import { may } from "../ask/queries.ts";
import { ProblemPanel } from "../parts/problem.tsx";
import { useSearchState } from "../parts/search-state.ts";
import styles from "./access.module.css";

const actions = {
  pull: "pull",
  push: "push a new tag to",
  overwrite: "move a tag of",
  delete: "delete from",
  admin: "give rights on",
} as const satisfies Record<MayAnswer["action"], string>;

export function MayView({ session }: { readonly session: SessionAnswer }): ReactNode {
  const [search, change] = useSearchState();
  const { who = "", action = "pull", repository = "", tag = "" } = search;
  const [asked, setAsked] = useState({ who, action, repository, tag });
  const [isAsked, setIsAsked] = useState(repository !== "");
  const query = useQuery({ ...may({ who, action, repository, tag }), enabled: isAsked && repository !== "" });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = { ...asked, who: asked.who.trim(), repository: asked.repository.trim(), tag: asked.tag.trim() };
    const isSame = wanted.who === who && wanted.action === action && wanted.repository === repository && wanted.tag === tag;
    setIsAsked(true);
    if (isSame) void query.refetch();
    else change(wanted);
  };
  const asksForTag = asked.action === "overwrite" || asked.action === "delete";
  const field = { autoComplete: "off", autoCapitalize: "none", spellCheck: false } as const;
  return (
    <>
      <form onSubmit={submit} className={styles.form} aria-label="May somebody do something?">
        {session.manages && (
          <TextInput
            {...field}
            label="May"
            placeholder="yourself"
            value={asked.who}
            onChange={(event) => setAsked({ ...asked, who: event.currentTarget.value })}
          />
        )}
        <NativeSelect
          label={session.manages ? "do this" : "May I"}
          value={asked.action}
          onChange={(event) => setAsked({ ...asked, action: event.currentTarget.value })}
          data={Object.entries(actions).map(([value, label]) => ({ value, label }))}
        />
        <TextInput
          {...field}
          label="Repository"
          placeholder="team/app"
          required
          withAsterisk={false}
          value={asked.repository}
          onChange={(event) => setAsked({ ...asked, repository: event.currentTarget.value })}
        />
        {asksForTag && (
          <TextInput
            {...field}
            label="Tag"
            value={asked.tag}
            onChange={(event) => setAsked({ ...asked, tag: event.currentTarget.value })}
          />
        )}
        <Button type="submit">Ask</Button>
      </form>
      <Text size="sm" c="dimmed" mt="xs">
        {session.manages && "Without a name it is about yourself; it may be that of a user or a robot, or anonymous. "}
        {asksForTag && "Rules may keep the tag where it is."}
      </Text>
      <div aria-live="polite" style={{ marginTop: 16 }}>
        {query.error !== null && <ProblemPanel error={query.error} what="answer that" />}
        {query.error === null && query.data !== undefined && <Answer answer={query.data} />}
      </div>
    </>
  );
}

function Answer({ answer: { who, action, repository, tag, allowed, reason } }: { readonly answer: MayAnswer }): ReactNode {
  return (
    <div className={styles.answer} data-no={!allowed || undefined}>
      <strong>{allowed ? "Yes" : "No"}</strong>: {who} {allowed ? "may" : "may not"} {actions[action]}{" "}
      <span className="mono">{tag === null ? repository : `${repository}:${tag}`}</span>, because {reason}.
    </div>
  );
}
