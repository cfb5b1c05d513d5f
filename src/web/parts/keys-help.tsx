// All keys in one dialog.

import { Kbd, Modal, Switch, Text } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import styles from "./keys-help.module.css";
import { setPreference, usePreference } from "./preferences.ts";

/** Alternatives are separated by ` or `, what is pressed together by +, what is pressed in turn by a space. */
const groups: readonly { readonly name: string; readonly keys: readonly (readonly [keys: string, what: string])[] }[] = [
  {
    name: "Everywhere",
    keys: [
      ["Ctrl+K", "Search, or paste a reference or a pull command"],
      ["/", "Filter the list; where there is none, search"],
      ["g h", "Home"],
      ["g r", "Repositories"],
      ["g t", "Tags"],
      ["g a", "Activity"],
      ["[ or ]", "View to the left, to the right; of Activity a shorter or longer time"],
      ["Esc", "Back, or close what is open"],
      ["?", "This list"],
    ],
  },
  {
    name: "In lists",
    keys: [
      ["j or ↓", "Next row"],
      ["k or ↑", "Row before"],
      ["Enter", "Open the row"],
      ["→", "Show the platforms of the row"],
      ["←", "Hide them"],
      ["x or Space", "Select the row"],
      ["Shift+↓ or ↑", "Select a range"],
      ["Ctrl+A", "Select all that match"],
      ["c", "Copy the reference"],
      ["Shift+C", "Copy the pull command"],
      ["d", "Compare the two that are selected"],
      ["Del", "Delete what is selected"],
    ],
  },
];

export function KeysHelp({ opened, close }: { readonly opened: boolean; readonly close: () => void }): ReactNode {
  const keys = usePreference("keys");
  return (
    <Modal opened={opened} onClose={close} title="Keys" size="xl">
      <div className={styles.groups}>
        {groups.map((group) => (
          <section key={group.name} aria-label={group.name}>
            <Text fw={600} mb="xs">
              {group.name}
            </Text>
            <dl className={styles.list}>
              {group.keys.map(([pressed, what]) => (
                <Fragment key={pressed}>
                  <dt>
                    <Keys text={pressed} />
                  </dt>
                  <dd>{what}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch
        mt="lg"
        label="Single characters are keys"
        description="Ctrl+K, arrows, Enter and Esc always are. They never are while you type."
        checked={keys === "on"}
        onChange={(event) => setPreference("keys", event.currentTarget.checked ? "on" : "off")}
      />
    </Modal>
  );
}

function Keys({ text }: { readonly text: string }): ReactNode {
  return text.split(" or ").map((way, i) => (
    <Fragment key={way}>
      {i > 0 && " or "}
      {way.split(/([ +])/).map((part, at) =>
        // eslint-disable-next-line react/no-array-index-key -- the parts of one text never move
        part === "+" || part === " " ? part : <Kbd key={at}>{part}</Kbd>,
      )}
    </Fragment>
  ));
}
