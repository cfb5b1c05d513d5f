// A dialog with a form: what goes wrong stands above the fields, which keep what was typed. It stays until the answer has come: a secret
// comes once, and nobody else is there to show it.

import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { FormEvent, ReactNode } from "react";
import { upperFirst } from "../show/sentence.ts";

interface FormDialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly submit: () => void;
  /** On the button. */
  readonly verb: string;
  readonly isDangerous?: boolean;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly children: ReactNode;
}

/** Rendered while it is open. */
export function FormDialog(props: FormDialogProps): ReactNode {
  const { title, close, submit, verb, isDangerous = false, isPending, error, children } = props;
  const onSubmit = (event: FormEvent): void => {
    event.preventDefault();
    submit();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      closeOnClickOutside={false}
      closeOnEscape={!isPending}
      withCloseButton={!isPending}
    >
      <form onSubmit={onSubmit} aria-label={title}>
        <Stack gap="sm">
          {error !== null && (
            <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />}>
              {upperFirst(error.message)}
            </Alert>
          )}
          {children}
          <Group justify="flex-end" gap="xs" mt="xs">
            <Button variant="default" onClick={close} disabled={isPending}>
              Cancel
            </Button>
            <Button type="submit" loading={isPending} {...(isDangerous && { color: "red.9" })}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
