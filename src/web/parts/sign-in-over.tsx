// Signing in over the page that one is on: what is below stays as it is, and is asked again afterwards.

import { Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useSession } from "../ask/live.ts";
import { closeDoor, useDoor, type SignInReason } from "../ask/session.ts";
import { NewPasswordForm, SignInForm, useReturnTo } from "./sign-in.tsx";

const titles: Readonly<Record<SignInReason, string>> = {
  wanted: "Sign in",
  needed: "Sign in to go on",
  ended: "Your session has ended",
  password: "Change your password",
};
const sentences: Partial<Record<SignInReason, string>> = {
  needed: "This is not for everybody. If it is for you, sign in; you stay where you are.",
  ended: "Sign in again: you come back to where you are, and nothing is lost.",
};
/** Above the dialogs of pages, which wait below. */
const zIndex = 400;

export function SignInOver(): ReactNode {
  const { reason, name } = useDoor();
  const session = useSession();
  const returnTo = useReturnTo();
  const forced = session?.mustChange === true;
  return (
    <Modal
      opened={reason !== undefined}
      onClose={closeDoor}
      title={reason === undefined ? "" : titles[reason]}
      size="sm"
      zIndex={zIndex}
      closeOnClickOutside={false}
      withCloseButton={!forced}
      closeOnEscape={!forced}
    >
      {reason === "password" ? (
        <NewPasswordForm forced={forced} done={closeDoor} />
      ) : (
        <>
          {reason !== undefined && sentences[reason] !== undefined && (
            <Text size="md" mb="md">
              {sentences[reason]}
            </Text>
          )}
          <SignInForm returnTo={returnTo} name={name} />
        </>
      )}
    </Modal>
  );
}
