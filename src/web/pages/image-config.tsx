// What an image does when it runs, as its config says. Values that look like secrets are not sent until somebody asks for them.

import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { Facts, LongText, Pairs, Section, type Fact } from "../parts/image-facts.tsx";
import { formatCommand } from "../show/compare.ts";
import { formatOf } from "../show/count.ts";
import styles from "./image.module.css";

interface ImageConfigProps {
  readonly image: ManifestAnswer;
  readonly isRevealed: boolean;
  readonly onReveal: (reveal: boolean) => void;
}

export function ImageConfig({ image: { image }, isRevealed, onReveal }: ImageConfigProps): ReactNode {
  if (image === null) return <p className={styles.note}>It has no config of an image that could be read here.</p>;
  const labels = Object.entries(image.labels);
  const hidden = image.env.filter(({ value }) => value === null).length;
  return (
    <>
      <Facts facts={settingsOf(image)} />
      {image.env.length > 0 && (
        <Section
          within
          title={
            <>
              <span>Environment</span>
              {(hidden > 0 || isRevealed) && (
                <Group gap="xs" component="span">
                  <Button size="compact-xs" variant="default" onClick={() => onReveal(!isRevealed)}>
                    {isRevealed ? "Hide what looks secret" : `Reveal ${formatOf(hidden, "hidden value")}`}
                  </Button>
                </Group>
              )}
            </>
          }
        >
          <Pairs
            noun="variables"
            pairs={image.env.map(({ name, value }) => [name, value ?? <i key={name}>hidden: its name looks like a secret's</i>])}
          />
        </Section>
      )}
      {labels.length > 0 && (
        <Section title="Labels" within>
          <Pairs pairs={labels} noun="labels" />
        </Section>
      )}
    </>
  );
}

function settingsOf(image: NonNullable<ManifestAnswer["image"]>): Fact[] {
  const { entrypoint, cmd, user, workingDir, ports, volumes, stopSignal, author, os, architecture } = image;
  const text = (value: string | null): ReactNode => (value === null || value === "" ? null : <LongText text={value} mono />);
  return [
    { name: "Entrypoint", value: text(formatCommand(entrypoint)) },
    { name: "Command", value: text(formatCommand(cmd)) },
    { name: "User", value: text(user) ?? "root, because none is set" },
    { name: "Working folder", value: text(workingDir) },
    { name: "Ports", value: text(ports.join(", ")) },
    { name: "Volumes", value: text(volumes.join(", ")) },
    { name: "Stop signal", value: text(stopSignal) },
    { name: "Made for", value: text([os, architecture].filter((word) => word !== null && word !== "").join("/")) },
    { name: "Author", value: text(author) },
  ];
}
