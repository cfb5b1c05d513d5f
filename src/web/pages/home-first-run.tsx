// Nothing is here yet: what to type, and what happens then. It turns by itself: waiting, arrived, pulled.

import { Button, Group, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useId, type ReactNode } from "react";
import type { RepositoryItem } from "../../wire/repositories.ts";
import { useSession, useStatus } from "../ask/live.ts";
import { tags } from "../ask/queries.ts";
import { formatOf } from "../show/count.ts";
import { pushCommands, pushTools } from "../show/push-commands.ts";
import { formatDay } from "../show/time.ts";
import styles from "./home-first-run.module.css";
import { PlaceLink } from "../parts/place-link.tsx";
import { CommandLine, PullCommands } from "../parts/pull-commands.tsx";
import tools from "../parts/pull-commands.module.css";
import { useSource } from "../parts/pull-commands-source.ts";
import { remember, useRemembered } from "../parts/remembered.ts";

const pollMs = 2000;

interface FirstRunProps {
  /** The repository that came; undefined: nothing is here yet. */
  readonly arrived: RepositoryItem | undefined;
  /** The reader has seen it and goes on. */
  readonly leave: () => void;
}

export function FirstRun({ arrived: repository, leave }: FirstRunProps): ReactNode {
  return (
    <div className={styles.page} aria-live="polite">
      {repository === undefined ? (
        <PushSomething />
      ) : (
        <Arrived key={repository.name} repository={repository.name} pulls={repository.pulls.count} leave={leave} />
      )}
      <Facts />
    </div>
  );
}

function PushSomething(): ReactNode {
  const source = useSource(undefined);
  const session = useSession();
  const remembered = useRemembered("tool");
  const tool = pushTools.find((each) => each === remembered) ?? pushTools[0];
  const name = useId();
  if (source === undefined || session === undefined) return null;
  if (!session.open && session.visible !== null && session.visible.length === 0) {
    return (
      <Text size="md">
        {session.kind === "anonymous" ? "Sign in to see more." : "Ask an administrator for the right to pull what you need."}
      </Text>
    );
  }
  if (session.kind === "anonymous" && !session.may.push) {
    return <Text size="md">Who may push signs in first; what is for everybody then appears here by itself.</Text>;
  }
  const { login, lines, note } = pushCommands(tool, source.url, source.needsLogin);
  return (
    <>
      <Text size="md">Push something; this page turns by itself.</Text>
      <fieldset className={tools.tools}>
        <legend className="sr-only">Tool</legend>
        {pushTools.map((each) => (
          <label key={each} className={tools.tool}>
            <input type="radio" name={name} checked={each === tool} onChange={() => remember("tool", each)} />
            {each}
          </label>
        ))}
      </fieldset>
      {login !== undefined && <CommandLine text={login} what="the login command" />}
      {lines.map((line, at) => (
        <CommandLine
          key={line}
          text={line}
          what={lines.length === 1 ? "the command" : at === 0 ? "the first command" : "the second command"}
        />
      ))}
      {note !== undefined && <Text size="sm">{note}</Text>}
      {!session.may.push && <Text size="sm">Take a repository in which you may push, in place of demo.</Text>}
      {tool !== "hythe" && tool !== "skopeo" && tool !== "crane" && (
        <Text size="sm" c="dimmed">
          No image at hand? <code>{pushCommands("hythe", source.url, false).lines[0]}</code> fetches one and needs no Docker.
        </Text>
      )}
      <Text role="status" size="md" className={styles.waiting ?? ""}>
        <span className={styles.pulse} aria-hidden />
        Waiting for a push …
      </Text>
    </>
  );
}

interface ArrivedProps {
  readonly repository: string;
  readonly pulls: number | null;
  readonly leave: () => void;
}

function Arrived({ repository, pulls, leave }: ArrivedProps): ReactNode {
  const { data } = useQuery({ ...tags({ repository, limit: 1, sort: "-pushedAt" }), refetchInterval: pollMs });
  const tag = data?.items[0];
  const place = { repository, tag: tag?.name };
  const isPulled = pulls !== null && pulls > 0;
  return (
    <>
      <Title order={2} className={styles.arrived ?? ""}>
        <IconCheck size={20} aria-hidden />
        <span>
          <PlaceLink place={place} /> {isPulled ? `was pulled: ${formatOf(pulls, "pull")} counted` : "arrived, now pull it"}
        </span>
      </Title>
      {pulls === null && <Text size="md">Pulls are not counted here: counting is switched off.</Text>}
      {!isPulled && tag !== undefined && <PullCommands place={place} digest={tag.digest} kind={tag.kind ?? null} />}
      {isPulled && <Text size="md">From now on you see here what is used, and what is not.</Text>}
      <Group>
        <Button onClick={leave} variant={isPulled || pulls === null ? "filled" : "default"}>
          Go on to Home
        </Button>
      </Group>
    </>
  );
}

function Facts(): ReactNode {
  const status = useStatus();
  const session = useSession();
  if (status === undefined || session === undefined) return null;
  return (
    <Text size="sm" c="dimmed">
      {status.trackedSince === null ? "Pulls are not counted." : `Counting since ${formatDay(status.trackedSince)}.`}
      {session.open && " Open to everybody on this machine, and to nobody else, until there is a first user."}
    </Text>
  );
}
