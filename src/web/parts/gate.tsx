// In place of all pages, while nobody is let in: not known yet who asks, nothing is for everybody, or a password of one's own comes first.

import { Title } from "@mantine/core";
import { useLocation, useRouter } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";
import type { SessionAnswer } from "../../wire/session.ts";
import { signInPath } from "../show/sign-in-place.ts";
import styles from "./gate.module.css";
import { ProblemPanel } from "./problem.tsx";
import { NewPasswordForm, SignInForm, useReturnTo } from "./sign-in.tsx";

interface GateProps {
  readonly who: SessionAnswer | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

export function Gate({ who, error, retry }: GateProps): ReactNode {
  const returnTo = useReturnTo();
  const { history } = useRouter();
  const isAtDoor = useLocation({ select: ({ pathname }) => pathname === signInPath });
  if (who === undefined && error === null) return null;
  if (who === undefined) {
    return (
      <GateFrame title="Hythe">
        <ProblemPanel error={error!} what="open the registry" retry={retry} />
      </GateFrame>
    );
  }
  return who.mustChange ? (
    <GateFrame title="Choose a password">
      <NewPasswordForm forced />
    </GateFrame>
  ) : (
    <GateFrame title="Sign in">
      <SignInForm returnTo={returnTo} done={() => isAtDoor && history.replace(`/ui${returnTo}`)} />
    </GateFrame>
  );
}

/** A card in the middle of an empty page. */
export function GateFrame({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  useEffect(() => {
    document.title = `${title} · Hythe`;
  }, [title]);
  return (
    <main className={styles.gate}>
      <div className={styles.card}>
        <img src="/ui/icon.svg" alt="" width={40} height={40} />
        <Title order={1}>{title}</Title>
        {children}
      </div>
    </main>
  );
}
