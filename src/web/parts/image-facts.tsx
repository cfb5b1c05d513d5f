// Names and values of an image, for people. Whoever built it wrote them: they are text, long ones are folded, and of many the first ones
// are shown until somebody asks for all.

import { Anchor, UnstyledButton } from "@mantine/core";
import { Fragment, useState, type ReactNode } from "react";
import { formatExact } from "../show/count.ts";
import { isWebLink } from "../show/place.ts";
import styles from "./image-facts.module.css";

const foldedChars = 320;
/** Beyond that a browser would struggle with the text, and nobody reads it. */
const unfoldedChars = 20_000;
const shownItems = 20;

/** Text of others, whole or folded; a link where it is one. */
export function LongText({ text, mono = false }: { text: string; mono?: boolean }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const isLong = text.length > foldedChars;
  const most = Math.min(text.length, unfoldedChars);
  const shown = isLong ? text.slice(0, isOpen ? most : foldedChars) : text;
  if (!isLong && isWebLink(text)) {
    return (
      <Anchor href={text} target="_blank" rel="noopener noreferrer" inherit className={styles.text ?? ""}>
        {text}
      </Anchor>
    );
  }
  return (
    <span className={mono ? `${styles.text} mono` : styles.text}>
      {shown}
      {shown.length < text.length && "…"}
      {isLong && <More onClick={() => setOpen(!isOpen)}>{isOpen ? "Show less" : sayMore(most, text.length)}</More>}
    </span>
  );
}

/** `Show all 2,000 characters`, or as many of them as it really shows. */
function sayMore(shown: number, all: number): string {
  return shown === all
    ? `Show all ${formatExact(all)} characters`
    : `Show the first ${formatExact(shown)} of ${formatExact(all)} characters`;
}

/** A button that reads as part of the text. */
export function More({ onClick, children }: { onClick: () => void; children: ReactNode }): ReactNode {
  return (
    <UnstyledButton className={styles.more ?? ""} onClick={onClick}>
      {children}
    </UnstyledButton>
  );
}

/** The first of many, and a button for the others. `noun` is in the plural. */
export function Bounded<Item>({
  items,
  noun,
  shown = shownItems,
  children,
}: {
  items: readonly Item[];
  noun: string;
  shown?: number;
  children: (items: readonly Item[]) => ReactNode;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      {children(isOpen ? items : items.slice(0, shown))}
      {items.length > shown && (
        <More onClick={() => setOpen(!isOpen)}>{isOpen ? "Show fewer" : `Show all ${formatExact(items.length)} ${noun}`}</More>
      )}
    </>
  );
}

export interface Fact {
  readonly name: string;
  /** null: left out. */
  readonly value: ReactNode;
}

/** A list of terms: the names of Hythe. */
export function Facts({ facts }: { facts: readonly Fact[] }): ReactNode {
  return (
    <dl className={styles.facts}>
      {facts
        .filter(({ value }) => value !== null)
        .map(({ name, value }) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}

/** Names and values that others made up, in their order. */
export function Pairs({
  pairs,
  noun,
}: {
  pairs: readonly (readonly [name: string, value: ReactNode])[];
  noun: string;
}): ReactNode {
  return (
    <Bounded items={pairs} noun={noun}>
      {(shown) => (
        <dl className={styles.pairs}>
          {shown.map(([name, value], at) => (
            // eslint-disable-next-line react/no-array-index-key -- names of the environment may come twice
            <Fragment key={at}>
              <dt>
                <LongText text={name} mono />
              </dt>
              <dd>{typeof value === "string" ? value === "" ? <i>empty</i> : <LongText text={value} mono /> : value}</dd>
            </Fragment>
          ))}
        </dl>
      )}
    </Bounded>
  );
}

/** A part of a page with its heading; `within` another one. */
export function Section({
  title,
  within = false,
  children,
}: {
  title: ReactNode;
  within?: boolean;
  children: ReactNode;
}): ReactNode {
  const Heading = within ? "h3" : "h2";
  return (
    <section className={styles.section} data-within={within || undefined}>
      <Heading className={styles.heading}>{title}</Heading>
      {children}
    </section>
  );
}
