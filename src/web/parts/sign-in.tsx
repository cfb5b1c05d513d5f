// Signing in with a password or with the provider, and choosing a new password: as a page (pages/sign-in.tsx), in place of everything
// where nothing is for everybody, and over a page in the middle of work (sign-in-over.tsx).

import { Alert, Button, Divider, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useLocation } from "@tanstack/react-router";
import { useState, type FormEvent, type ReactNode } from "react";
import { AskError } from "../ask/ask-error.ts";
import { useSession } from "../ask/live.ts";
import { useChangePassword, useSignIn } from "../ask/session.ts";
import { parseSearch, type Search } from "../show/search-params.ts";
import { upperFirst } from "../show/sentence.ts";
import { readFailure, readReturnTo, signInPath } from "../show/sign-in-place.ts";
import { formatWait } from "../show/wait.ts";
import { CopyButton } from "./copy.tsx";

/** Where the way back leads, a path of the UI: here, or from the page of signing in where its link says. */
export function useReturnTo(): string {
  return useLocation({
    select: ({ href, pathname, search }) => (pathname === signInPath ? readReturnTo(search as Search) : href),
  });
}

interface SignInFormProps {
  /** See useReturnTo. */
  readonly returnTo: string;
  /** Who is likely to come. */
  readonly name?: string | undefined;
  readonly done?: () => void;
}

export function SignInForm({ returnTo, name: likely = "", done }: SignInFormProps): ReactNode {
  const session = useSession();
  const signIn = useSignIn(done);
  const [name, setName] = useState(likely);
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate({ name: name.trim(), password }, { onSettled: () => setPassword("") });
  };
  return (
    <Stack gap="md">
      <ProviderRefusal />
      {session?.provider === true && (
        <>
          <Button component="a" href={`/api/v1/session/oidc?returnTo=${encodeURIComponent(`/ui${returnTo}`)}`} fullWidth>
            Sign in with your organisation
          </Button>
          <Divider label="or with a password" />
        </>
      )}
      <form onSubmit={submit} aria-label="Sign in">
        <Stack gap="sm">
          <Refusal error={signIn.error} />
          <TextInput
            label="Name"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            data-autofocus={likely === "" || undefined}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            data-autofocus={likely !== "" || undefined}
            visibilityToggleButtonProps={{ "aria-label": "Show the password" }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={signIn.isPending} variant={session?.provider === true ? "default" : "filled"}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Stack>
  );
}

/** `forced`: nothing else is possible before. */
export function NewPasswordForm({ forced, done }: { readonly forced: boolean; readonly done?: () => void }): ReactNode {
  const change = useChangePassword();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== "" && again !== password;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (again !== password) return;
    change.mutate({ current, password }, { onSuccess: () => done?.() });
  };
  const field = { required: true, withAsterisk: false, visibilityToggleButtonProps: { "aria-label": "Show the password" } };
  return (
    <form onSubmit={submit} aria-label="New password">
      <Stack gap="sm">
        <Text size="md">
          {forced
            ? "Your password was set by somebody else. Choose one of your own; until then you can do nothing else here."
            : "Everything that was issued for the old one ends: other browsers and docker sign in again. Tokens stay."}
        </Text>
        <Refusal error={change.error} />
        <PasswordInput
          {...field}
          label="Password that you have"
          autoComplete="current-password"
          data-autofocus
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          {...field}
          label="New password"
          description="At least 10 characters"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordInput
          {...field}
          label="The same again"
          autoComplete="new-password"
          error={differs ? "The two are not the same" : undefined}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <Button type="submit" loading={change.isPending}>
          Change the password
        </Button>
      </Stack>
    </form>
  );
}

/** Who comes back from the provider without having been let in comes to the page of signing in. */
function ProviderRefusal(): ReactNode {
  const text = useLocation({ select: ({ pathname, searchStr }) => (pathname === signInPath ? searchStr : "") });
  const failure = readFailure(parseSearch(text));
  if (failure === undefined) return null;
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title="Signing in did not work">
      {failure.sentence}
      {failure.requestId !== undefined && (
        <Text size="sm" mt="xs">
          Request <span className="mono">{failure.requestId}</span>
          <CopyButton text={failure.requestId} what="the request id" />
        </Text>
      )}
    </Alert>
  );
}

/** 401 here is about what was typed, and 429 about how often. */
function Refusal({ error }: { readonly error: Error | null }): ReactNode {
  if (error === null) return null;
  const said = error instanceof AskError ? refusalOf(error) : error.message;
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle aria-hidden />}>
      {said}
    </Alert>
  );
}

function refusalOf({ status, message, retryAfter }: AskError): string {
  if (status === 401) return "Name and password do not fit together. Nothing tells which of the two is wrong.";
  if (status === 429) {
    const when = retryAfter === null ? "in a while" : `in ${formatWait(retryAfter)}`;
    return `Too many wrong passwords. Try again ${when}.`;
  }
  return upperFirst(message);
}
