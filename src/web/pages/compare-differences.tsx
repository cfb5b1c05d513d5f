// What changed from one image to the other: a sign and a word go with every colour, and what stayed the same is folded.

import { useState, type ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { Bounded, LongText, More, Section } from "../parts/image-facts.tsx";
import {
  compareLayers,
  compareSettings,
  compareValues,
  envOf,
  sumLayers,
  type Change,
  type LayerChange,
  type ValueChange,
} from "../show/compare.ts";
import { formatBytes, formatCount } from "../show/count.ts";
import { readableStep } from "../show/layers.ts";
import { shortDigest } from "../show/place.ts";
import styles from "./compare.module.css";

const signs: Readonly<Record<Change, string>> = { same: "=", gone: "−", new: "+", changed: "~", hidden: "?" };
const shownLayers = 100;

export function CompareDifferences({ before, after }: { before: ManifestAnswer; after: ManifestAnswer }): ReactNode {
  if (before.digest === after.digest) return <p className={styles.note}>Both are the same image.</p>;
  const [was, is] = [before.image, after.image];
  return (
    <>
      <LayerChanges changes={compareLayers(before, after)} />
      <ValueChanges title="Settings" changes={compareSettings(was, is)} />
      <ValueChanges
        title="Environment"
        changes={was === null || is === null ? undefined : compareValues(envOf(was), envOf(is))}
      />
      <ValueChanges title="Labels" changes={was === null || is === null ? undefined : compareValues(was.labels, is.labels)} />
      <ValueChanges title="Annotations" changes={compareValues(before.annotations, after.annotations)} />
    </>
  );
}

function LayerChanges({ changes }: { changes: readonly LayerChange[] }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const sums = sumLayers(changes);
  const shown = isOpen ? changes : changes.filter(({ change }) => change !== "same");
  return (
    <Section
      title={
        <>
          <span>Layers</span>
          {(["same", "gone", "new"] as const).map((change) => (
            <span key={change} className={styles.sum}>
              <b className={styles.sign} data-change={change}>
                {signs[change]}
              </b>{" "}
              {formatCount(sums[change].count)} {change}
              {sums[change].count > 0 && ` ${formatBytes(sums[change].bytes)}`}
            </span>
          ))}
        </>
      }
    >
      <Bounded items={shown} noun="layers" shown={shownLayers}>
        {(few) => (
          <ul className={styles.changes} aria-label="Layers that changed">
            {few.map(({ change, layer, createdBy }, at) => (
              // eslint-disable-next-line react/no-array-index-key -- a layer may come twice
              <li key={at} className={styles.layer}>
                <Mark change={change} />
                <LongText text={createdBy === "" ? layer.mediaType : readableStep(createdBy)} mono />
                <span className="mono">{shortDigest(layer.digest)}</span>
                <span className={styles.bytes}>{formatBytes(layer.size)}</span>
              </li>
            ))}
          </ul>
        )}
      </Bounded>
      {sums.same.count > 0 && (
        <More onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Hide what is the same" : `Show ${formatCount(sums.same.count)} that are the same`}
        </More>
      )}
    </Section>
  );
}

function ValueChanges({ title, changes }: { title: string; changes: readonly ValueChange[] | undefined }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const same = changes?.filter(({ change }) => change === "same") ?? [];
  const shown = isOpen ? (changes ?? []) : (changes ?? []).filter(({ change }) => change !== "same");
  return (
    <Section title={title}>
      {changes === undefined && <p className={styles.note}>Not both have a config that can be read here.</p>}
      {changes?.length === 0 && <p className={styles.note}>Neither has any.</p>}
      {changes !== undefined && changes.length > 0 && shown.length === 0 && <p className={styles.note}>All the same.</p>}
      {shown.length > 0 && (
        <Bounded items={shown} noun="values" shown={50}>
          {(few) => (
            <ul className={styles.changes} aria-label={`${title} that changed`}>
              {few.map((each) => (
                <li key={each.name} className={styles.value}>
                  <Mark change={each.change} />
                  <LongText text={each.name} mono />
                  <Values change={each} />
                </li>
              ))}
            </ul>
          )}
        </Bounded>
      )}
      {same.length > 0 && (
        <More onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Hide what is the same" : `Show ${formatCount(same.length)} that are the same`}
        </More>
      )}
    </Section>
  );
}

function Mark({ change }: { change: Change }): ReactNode {
  return (
    <span className={styles.mark} data-change={change}>
      <b className={styles.sign} aria-hidden="true">
        {signs[change]}
      </b>
      {change}
    </span>
  );
}

function Values({ change: { change, before, after } }: { change: ValueChange }): ReactNode {
  if (change === "hidden") return <i>not shown, as the name looks like a secret’s: it may have changed</i>;
  if (change !== "changed") return <Value text={after ?? before} />;
  return (
    <span>
      <Value text={before} /> <span aria-label="to">→</span> <Value text={after} />
    </span>
  );
}

function Value({ text }: { text: string | null }): ReactNode {
  if (text === null) return <i>hidden</i>;
  return text === "" ? <i>empty</i> : <LongText text={text} mono />;
}
