// What went wrong: title, cause, what to do, and the id under which the log knows it.

import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { AskError } from "../ask/ask-error.ts";
import type { Blocks } from "../grid/use-blocks.ts";
import { upperFirst } from "../show/sentence.ts";
import { formatUtc } from "../show/time.ts";
import { formatWait } from "../show/wait.ts";
import { CodedText } from "./coded-text.tsx";
import { CopyButton } from "./copy.tsx";

interface ProblemProps {
  readonly error: Error;
  /** Completes "Could not …", such as "load the tags". */
  readonly what: string;
  readonly retry?: () => void;
  /** On the button of `retry`. */
  readonly verb?: string;
}

interface ListProblemProps {
  readonly error: Error | null;
  /** Of the list, such as "tags". */
  readonly many: string;
  readonly blocks: Pick<Blocks<never>, "total" | "updatedAt">;
  readonly retry: () => void;
  /** Takes filter and order out of the address: offered when that asks for what there is not. */
  readonly clear?: () => void;
}

/** What went wrong with a list: there is none yet, or the rows that stand there grow old. */
export function ListProblem({ error, many, blocks: { total, updatedAt }, retry, clear }: ListProblemProps): ReactNode {
  if (error === null) return null;
  const what = total === undefined ? `load the ${many}` : `renew the ${many}; they are as of ${formatUtc(updatedAt)}`;
  const isRefused = clear !== undefined && error instanceof AskError && error.status === 400;
  return isRefused ? (
    <ProblemPanel error={error} what={what} retry={clear} verb="Clear filter and order" />
  ) : (
    <ProblemPanel error={error} what={what} retry={retry} />
  );
}

export function ProblemPanel({ error, what, retry, verb = "Try again" }: ProblemProps): ReactNode {
  const requestId = error instanceof AskError ? error.requestId : "";
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={`Could not ${what}`}>
      <Text size="md">
        <CodedText text={upperFirst(error.message)} />
      </Text>
      {error instanceof AskError && error.status === 500 && (
        <Text size="md">Try again; if it stays so, whoever runs this registry finds the cause in its log.</Text>
      )}
      {error instanceof AskError && error.retryAfter !== null && (
        <Text size="md">Try again in {formatWait(error.retryAfter)}.</Text>
      )}
      <Group gap="xs" mt="sm">
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {verb}
          </Button>
        )}
        {requestId !== "" && (
          <Group gap={4} fz="sm" c="dimmed">
            Request <span className="mono">{requestId}</span>
            <CopyButton text={requestId} what="the request id" />
          </Group>
        )}
      </Group>
    </Alert>
  );
}
