// A secret that is shown this once, and how to log in with it.

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useStatus } from "../ask/live.ts";
import { CommandLine } from "../parts/pull-commands.tsx";
import { commandHost } from "../show/pull-commands.ts";

export interface Secret {
  /** Whose. */
  readonly name: string;
  readonly secret: string;
}

export function SecretDialog({ name, secret, close }: Secret & { readonly close: () => void }): ReactNode {
  const url = useStatus()?.externalUrl ?? location.origin;
  const login = `docker login ${commandHost(url)} -u ${name}`;
  return (
    <Modal
      opened
      onClose={close}
      title={`The token of ${name}`}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="sm">
        <Text size="md">It is shown this once and never again. Whoever has it is {name}: keep it where secrets are kept.</Text>
        <CommandLine text={secret} what="the token" />
        <Text size="md">Log in with it; when a password is asked for, paste the token:</Text>
        <CommandLine text={login} what="the command" />
        <Group justify="flex-end">
          <Button onClick={close}>I have kept it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
