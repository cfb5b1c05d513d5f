// What is known of a repository as a whole; of another registry what it can tell, in its words.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { RegistriesAnswer } from "../../wire/registries.ts";
import { registries } from "../ask/queries.ts";
import { Facts, type Fact } from "../parts/image-facts.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { formatBytes, formatCount, formatExact } from "../show/count.ts";
import type { Place } from "../show/place.ts";
import { useRepository } from "./repository-head.tsx";
import styles from "./repository.module.css";

export function RepositoryAbout({ place }: { place: Place }): ReactNode {
  return place.registry === undefined ? <Own place={place} /> : <Remote registry={place.registry} />;
}

const unknown = <span className={styles.note}>not known</span>;
const ofTime = (time: string | null | undefined): ReactNode => (time == null ? unknown : <TimeTip time={time} />);
const ofCount = (count: number | null | undefined): ReactNode => (count == null ? unknown : formatCount(count));

function Own({ place }: { place: Place }): ReactNode {
  const item = useRepository(place);
  if (item == null) return <p className={styles.note}>Nothing is known of this repository.</p>;
  const { kind, tags, manifests, untagged, bytes, createdAt, pushedAt, updatedAt, pulls, may } = item;
  const facts: Fact[] = [
    { name: "Kind", value: kind === "proxy" ? "cache of another registry" : "pushed here" },
    { name: "Tags", value: ofCount(tags) },
    { name: "Manifests", value: ofCount(manifests) },
    {
      name: "Without a tag",
      value:
        untagged == null || untagged === 0 ? (
          ofCount(untagged)
        ) : (
          <PlaceLink place={place} search={{ view: "untagged" }}>
            {formatCount(untagged)}
          </PlaceLink>
        ),
    },
    { name: "Stored", value: bytes === null ? unknown : `${formatBytes(bytes)} (${formatExact(bytes)} B)` },
    { name: "First push", value: ofTime(createdAt) },
    { name: "Latest push", value: ofTime(pushedAt) },
    { name: "Latest change", value: ofTime(updatedAt) },
    { name: "Pulls", value: ofCount(pulls.count) },
    { name: "Checks", value: ofCount(pulls.checks) },
    {
      name: "You may",
      value:
        may === null
          ? unknown
          : (["pull", "push", "overwrite", "delete", "admin"] as const).filter((action) => may[action]).join(", ") || "nothing",
    },
  ];
  return <Facts facts={facts} />;
}

type Capabilities = RegistriesAnswer["items"][number]["capabilities"];
const names: Readonly<Record<keyof Capabilities, string>> = {
  catalog: "Lists repositories",
  referrers: "Lists referrers",
  delete: "Deletes images",
  tagDelete: "Deletes tags",
  pushTimes: "Tells when a tag was pushed",
  pulls: "Tells pulls",
};

function Remote({ registry }: { registry: string }): ReactNode {
  const { data } = useQuery(registries());
  const item = data?.items.find(({ name }) => name === registry);
  if (item === undefined) return data === undefined ? null : <p className={styles.note}>This registry is not configured.</p>;
  const can = (Object.keys(names) as (keyof Capabilities)[]).map((key): Fact => ({
    name: names[key],
    value: item.capabilities[key] === "ok" ? "yes" : `no: ${item.capabilities[key]}`,
  }));
  return <Facts facts={[{ name: "Host", value: item.host }, { name: "Software", value: item.software }, ...can]} />;
}
