// Who one is here, and what one chose for this browser.

import { Button, Divider, Popover, Stack, Text } from "@mantine/core";
import { IconChevronDown, IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useSession } from "../ask/live.ts";
import { askToSignIn, useSignOut } from "../ask/session.ts";
import styles from "./header.module.css";
import { PreferencesForm } from "./preferences-form.tsx";
import { ProblemPanel } from "./problem.tsx";

export function UserMenu(): ReactNode {
  const session = useSession();
  const signOut = useSignOut();
  const [opened, setOpened] = useState(false);
  if (session === undefined) return null;
  const { kind, name, groups, open, may, hasPassword } = session;
  const isSomebody = kind !== "anonymous";
  const close = (): void => setOpened(false);
  return (
    <>
      {!isSomebody && !open && (
        <Button size="compact-md" variant="default" onClick={() => askToSignIn("wanted")}>
          Sign in
        </Button>
      )}
      <Popover opened={opened} onChange={setOpened} position="bottom-end" width={280} trapFocus withRoles={false}>
        <Popover.Target>
          <Button
            variant="subtle"
            color="gray"
            size="compact-md"
            aria-haspopup="dialog"
            aria-expanded={opened}
            aria-label={isSomebody ? `You are ${name}: menu` : "You and this browser: menu"}
            leftSection={<IconUser size={16} aria-hidden />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            className={styles.user ?? ""}
            onClick={() => setOpened((was) => !was)}
          >
            {isSomebody && <span className={styles.userName}>{name}</span>}
          </Button>
        </Popover.Target>
        <Popover.Dropdown role="dialog" aria-label="You and this browser">
          <Stack gap="sm">
            {isSomebody ? (
              <div>
                <Text fw={600}>{name}</Text>
                <Text size="sm" c="dimmed">
                  {may.admin ? "Administrator of the registry" : groups.length === 0 ? "In no group" : `In ${groups.join(", ")}`}
                </Text>
              </div>
            ) : (
              <Text size="sm">
                {open
                  ? "Nobody has been given rights yet: everybody on this machine may do everything."
                  : "You have not signed in: you see what is for everybody."}
              </Text>
            )}
            {isSomebody && (
              <Stack gap={6}>
                <Button
                  component={Link}
                  to="/access"
                  search={{ view: "tokens" } as never}
                  variant="default"
                  size="xs"
                  onClick={close}
                >
                  My tokens
                </Button>
                {hasPassword && (
                  <Button
                    variant="default"
                    size="xs"
                    onClick={() => {
                      close();
                      askToSignIn("password");
                    }}
                  >
                    Change the password
                  </Button>
                )}
                <Button variant="default" size="xs" loading={signOut.isPending} onClick={() => signOut.mutate()}>
                  Sign out
                </Button>
                {signOut.error !== null && <ProblemPanel error={signOut.error} what="sign you out" />}
              </Stack>
            )}
            <Divider />
            <PreferencesForm />
          </Stack>
        </Popover.Dropdown>
      </Popover>
    </>
  );
}
