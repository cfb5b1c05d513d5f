// One field for everything: pages, places one was at, what the registry finds, and anything that is pasted and names an image.

import { Modal } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import styles from "./palette.module.css";
import { usePaletteEntries, type PaletteEntry } from "./palette-entries.ts";

const debounceMs = 120;

export function Palette({ opened, close }: { readonly opened: boolean; readonly close: () => void }): ReactNode {
  return (
    <Modal.Root opened={opened} onClose={close} size="lg" padding={0} yOffset="8vh">
      <Modal.Overlay />
      <Modal.Content aria-label="Search">
        <Modal.Body className={styles.body ?? ""}>
          <PaletteSearch close={close} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function PaletteSearch({ close }: { readonly close: () => void }): ReactNode {
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), debounceMs);
  const { entries, sentence } = usePaletteEntries(text.trim(), settled);
  const [chosen, setChosen] = useState(0);
  const navigate = useNavigate();
  const id = useId();
  const at = Math.min(chosen, entries.length - 1);

  const open = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    close();
    void navigate({ to: entry.to, search: {} });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const count = entries.length;
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") open(entries[at]);
    else if (event.key === "ArrowDown" && count > 0) setChosen((at + 1) % count);
    else if (event.key === "ArrowUp" && count > 0) setChosen((at - 1 + count) % count);
    else return;
    event.preventDefault();
  };

  const groups = Map.groupBy(entries, ({ group }) => group);
  return (
    <>
      <input
        className={styles.input}
        role="combobox"
        aria-label="Search, or paste a reference or a pull command"
        placeholder="Search, or paste a reference or a pull command"
        aria-expanded={entries.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      {sentence !== undefined && (
        <p className={styles.sentence} role="status">
          {sentence}
        </p>
      )}
      <div className={styles.list} role="listbox" aria-label="Found" id={`${id}-list`}>
        {[...groups].map(([group, members]) => (
          <div key={group} role="group" aria-label={group}>
            <div className={styles.group} aria-hidden>
              {group}
            </div>
            {members.map((entry) => {
              const index = entries.indexOf(entry);
              return (
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the field has the focus and the keys
                <div
                  key={`${entry.to} ${entry.text}`}
                  role="option"
                  id={`${id}-${index}`}
                  aria-selected={index === at}
                  ref={index === at ? keepInView : undefined}
                  className={styles.option}
                  onClick={() => open(entry)}
                  onMouseMove={() => setChosen(index)}
                >
                  <span className={styles.text}>{entry.text}</span>
                  {entry.note !== undefined && <span className={styles.note}>{entry.note}</span>}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </>
  );
}

function keepInView(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: "nearest" });
}
