// Opens a repository or an image of another registry by its name: always possible, also where nothing is listed.

import { Button, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent, type ReactNode } from "react";
import { parsePasted } from "../show/pasted.ts";
import { placePath } from "../show/place.ts";
import styles from "./registry-open-by-name.module.css";

export function OpenByName({ registry, host }: { readonly registry: string; readonly host: string | undefined }): ReactNode {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const navigate = useNavigate();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // What is typed here is of this registry, with its host before it or without.
    const { place, unknownHost } =
      parsePasted(text, { own: [], registries: host === undefined ? [] : [{ name: registry, host }] }) ?? {};
    if (place !== undefined) void navigate({ to: placePath({ ...place, registry }) });
    else
      setProblem(
        unknownHost === undefined ? "That is no name of a repository or an image" : `${unknownHost} is another registry`,
      );
  };
  return (
    <form onSubmit={submit} className={styles.form} aria-label="Open by name">
      <TextInput
        label="Open by name"
        placeholder="library/nginx:1"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        error={problem}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setProblem(undefined);
        }}
        className={styles.field ?? ""}
      />
      <Button type="submit" variant="default">
        Open
      </Button>
    </form>
  );
}
