// The layers of an image: what made each, how much it weighs beside the others, and who else has it.

import { useState, type ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { formatBytes, formatExact, formatOf } from "../show/count.ts";
import { formatSharing, layerRows, readableStep, type LayerRow } from "../show/layers.ts";
import { shortDigest } from "../show/place.ts";
import { isBuildDate } from "../show/time.ts";
import { CopyButton } from "../parts/copy.tsx";
import { Bounded, LongText, More } from "../parts/image-facts.tsx";
import styles from "./image-layers.module.css";
import { TimeTip } from "../parts/time-tip.tsx";

const shownLayers = 100;

export function Layers({ manifest }: { manifest: ManifestAnswer }): ReactNode {
  const rows = layerRows(manifest);
  const largest = Math.max(1, ...manifest.layers.map(({ size }) => size));
  const missing = new Set(manifest.missing ?? []);
  return (
    <Bounded items={rows} noun="layers and steps" shown={shownLayers}>
      {(shown) => (
        <ol className={styles.layers} aria-label="Layers, the lowest first">
          {shown.map((row, at) =>
            row.kind === "layer" ? (
              <Layer key={at} row={row} largest={largest} isMissing={missing.has(row.layer.digest)} /> // eslint-disable-line react/no-array-index-key -- a layer may come twice
            ) : (
              <Empty key={at} steps={row.steps} /> // eslint-disable-line react/no-array-index-key -- steps have no names
            ),
          )}
        </ol>
      )}
    </Bounded>
  );
}

function Layer({
  row: { number, layer, step },
  largest,
  isMissing,
}: {
  row: LayerRow & { kind: "layer" };
  largest: number;
  isMissing: boolean;
}): ReactNode {
  const title = layer.annotations["org.opencontainers.image.title"];
  const sharing = formatSharing(layer.sharedBy);
  return (
    <li className={styles.layer}>
      <span className={styles.number}>{number}</span>
      <div className={styles.made}>
        {step === undefined || step.createdBy === "" ? (
          <LongText text={title ?? layer.mediaType} />
        ) : (
          <LongText text={readableStep(step.createdBy)} mono />
        )}
        <span className={styles.detail}>
          <span className="mono">{shortDigest(layer.digest)}</span>
          <CopyButton text={layer.digest} what={`the digest of layer ${number}`} />
          {step?.createdAt != null && isBuildDate(step.createdAt) && (
            <span>
              built <TimeTip time={step.createdAt} />
            </span>
          )}
          {isMissing && <strong>missing: nobody can pull this image</strong>}
        </span>
      </div>
      <span className={styles.shared}>{sharing ?? "sharing not known"}</span>
      <span className={styles.size} title={`${formatExact(layer.size)} bytes`}>
        {formatBytes(layer.size)}
      </span>
      <svg className={styles.bar} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect width={Math.max(0.5, (layer.size / largest) * 100)} height="4" rx="1" />
      </svg>
    </li>
  );
}

/** Steps that set something and weigh nothing. */
function Empty({ steps }: { steps: (LayerRow & { kind: "empty" })["steps"] }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <li className={styles.empty}>
      <More onClick={() => setOpen(!isOpen)}>
        {isOpen ? "Hide" : "Show"} {formatOf(steps.length, "step")} without a layer
      </More>
      {isOpen && (
        <ul className={styles.steps}>
          {steps.map(({ createdBy }, at) => (
            // eslint-disable-next-line react/no-array-index-key -- steps have no names
            <li key={at}>
              <LongText text={readableStep(createdBy)} mono />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
