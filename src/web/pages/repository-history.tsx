// The history of one tag of a repository, also of one that was deleted; which one is in the address.

import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState, type ReactNode } from "react";
import { AskError } from "../ask/ask-error.ts";
import { tags } from "../ask/queries.ts";
import { Waiting } from "../parts/cards.tsx";
import { ProblemPanel } from "../parts/problem.tsx";
import { useSearchState } from "../parts/search-state.ts";
import { TagHistory } from "../parts/tag-history.tsx";
import type { Place } from "../show/place.ts";
import { useRepository } from "./repository-head.tsx";
import { MissingRepository } from "./repository-tags.tsx";
import styles from "./repository.module.css";

const offered = 50;

export function RepositoryHistory({ place: { repository, registry } }: { place: Place }): ReactNode {
  const [search, change] = useSearchState();
  const latest = useQuery(tags({ repository, registry, sort: "-pushedAt", limit: offered }));
  const item = useRepository({ repository, registry });
  const names = latest.data?.items.map(({ name }) => name) ?? [];
  const tag = search["tag"] ?? names[0];
  if (latest.error instanceof AskError && latest.error.isMissing) return <MissingRepository place={{ repository, registry }} />;
  return (
    <>
      <TagChooser key={search["tag"]} tag={tag ?? ""} names={names} onChoose={(name) => change({ tag: name })} />
      {latest.error !== null && (
        <ProblemPanel error={latest.error} what="load the names of the latest tags" retry={() => void latest.refetch()} />
      )}
      {latest.isPending && tag === undefined && <Waiting lines={5} />}
      {tag === undefined ? (
        latest.data !== undefined && <p className={styles.note}>There is no tag. Type the name of one that was deleted.</p>
      ) : (
        <TagHistory key={tag} repository={repository} tag={tag} mayRestore={item?.may?.delete === true} />
      )}
    </>
  );
}

interface TagChooserProps {
  readonly tag: string;
  readonly names: readonly string[];
  readonly onChoose: (tag: string) => void;
}

function TagChooser({ tag, names, onChoose }: TagChooserProps): ReactNode {
  // The latest tag, until somebody types: then a push takes nothing from under their hands.
  const [typed, setTyped] = useState<string>();
  const text = typed ?? tag;
  const id = useId();
  return (
    <form
      className={styles.choose}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") onChoose(text.trim());
      }}
    >
      <TextInput
        label="Tag"
        description="Deleted ones too"
        list={id}
        maxLength={128}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setTyped(event.target.value)}
      />
      <datalist id={id}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
      <Button type="submit" size="sm" variant="default">
        Show
      </Button>
    </form>
  );
}
