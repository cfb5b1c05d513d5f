// What went wrong: title, cause, what to do, and the id under which the log knows it.

import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { AskError } from "../ask/ask-error.ts";
import { upperFirst } from "../show/sentence.ts";
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
