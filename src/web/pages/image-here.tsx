// That an image of another registry is here as well, under which name: what is known of it here is on that page.

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { search } from "../ask/queries.ts";
import { PlaceLink } from "../parts/place-link.tsx";
import { shortDigest } from "../show/place.ts";
import { Notice } from "./image-notices.tsx";

/** `registry` undefined: it is ours. What cannot be found out says nothing. */
export function AlsoHere({ registry, digest }: { registry: string | undefined; digest: string }): ReactNode {
  const { data, isPlaceholderData } = useQuery({ ...search(digest), enabled: registry !== undefined, retry: false });
  const places =
    registry === undefined || isPlaceholderData ? [] : (data?.digests.filter((each) => each.digest === digest) ?? []);
  if (places.length === 0) return null;
  return (
    <Notice title="The same image is here as well">
      {places.map((place, at) => (
        <span key={place.repository}>
          {at > 0 && ", "}
          <PlaceLink place={place}>
            {place.repository}@{shortDigest(digest)}
          </PlaceLink>
        </span>
      ))}
      : how often it is pulled from here, and its tags here, are known there.
    </Notice>
  );
}
