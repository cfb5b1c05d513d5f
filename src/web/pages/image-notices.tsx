// What is wrong with an image, or surprising about it, in whole sentences above everything else.

import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ManifestAnswer } from "../../wire/manifests.ts";
import { Bounded, LongText } from "../parts/image-facts.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { formatOf } from "../show/count.ts";
import { shortDigest, type Place } from "../show/place.ts";
import styles from "./image.module.css";

interface ImageNoticesProps {
  readonly place: Place;
  readonly manifest: ManifestAnswer;
  /** The digest when the page was opened. */
  readonly opened: string;
}

export function ImageNotices({ place: { registry, repository }, manifest, opened }: ImageNoticesProps): ReactNode {
  const { digest, missing, problem, mediaType } = manifest;
  return (
    <>
      {digest !== opened && (
        <Notice title="This tag has moved">
          It was{" "}
          <PlaceLink place={{ registry, repository, digest: opened }} className="mono">
            {shortDigest(opened)}
          </PlaceLink>{" "}
          when you opened it, and is <span className="mono">{shortDigest(digest)}</span> now.
        </Notice>
      )}
      {missing !== null && missing.length > 0 && (
        <Notice title={`${formatOf(missing.length, "blob")} of this image ${missing.length === 1 ? "is" : "are"} missing`} isBad>
          Nobody can pull it until it is pushed again.
          <Bounded items={missing} noun="digests" shown={5}>
            {(shown) => (
              <ul className={styles.digests}>
                {shown.map((each) => (
                  <li key={each} className="mono">
                    {each}
                  </li>
                ))}
              </ul>
            )}
          </Bounded>
        </Notice>
      )}
      {isSchema1(mediaType) && (
        <Notice title="A manifest of schema 1">
          Docker replaced this format in 2016, and clients of today refuse it. What is in it is not read here; its bytes are under
          Raw.
        </Notice>
      )}
      {problem !== null && (
        <Notice title="Not all of it can be read">
          <LongText text={problem} />
        </Notice>
      )}
    </>
  );
}

function isSchema1(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(mediaType);
}

export function Notice({ title, isBad = false, children }: { title: string; isBad?: boolean; children: ReactNode }): ReactNode {
  const Icon = isBad ? IconAlertTriangle : IconInfoCircle;
  return (
    <Alert role="status" color={isBad ? "red" : "blue"} variant="light" icon={<Icon aria-hidden />} title={title}>
      {children}
    </Alert>
  );
}
