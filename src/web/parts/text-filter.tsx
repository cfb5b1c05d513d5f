// Filters a list by text while it is typed. `/` leads there.

import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useId, useRef, type ReactNode } from "react";
import { narrowBelow } from "../grid/columns.ts";
import { useWindowWidth } from "../grid/row-height.ts";
import { useKey } from "./keys.ts";
import styles from "./text-filter.module.css";
import { useTyped } from "./typed.ts";

export function TextFilter({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}): ReactNode {
  const [text, setText] = useTyped(value, onChange);
  const isNarrow = useWindowWidth() < narrowBelow;
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useKey("/", () => {
    input.current?.select();
    return true;
  });
  return (
    <TextInput
      ref={input}
      id={id}
      type="search"
      className={styles.text ?? ""}
      size={isNarrow ? "sm" : "xs"}
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={15} aria-hidden />}
      maxLength={200}
      spellCheck={false}
      autoComplete="off"
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
