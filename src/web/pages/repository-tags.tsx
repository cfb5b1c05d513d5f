// The tags of a repository, and what there is instead when there are none.

import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Empty } from "../parts/empty.tsx";
import { CommandLine } from "../parts/pull-commands.tsx";
import { useSource } from "../parts/pull-commands-source.ts";
import { TagTable } from "../parts/tag-table.tsx";
import { formatOf } from "../show/count.ts";
import type { Place } from "../show/place.ts";
import { commandHost } from "../show/pull-commands.ts";
import { useRepository } from "./repository-head.tsx";

export function RepositoryTags({ place }: { place: Place }): ReactNode {
  const { registry, repository } = place;
  return <TagTable scope={{ repository, registry }} nothing={<NoTags place={place} />} missing={<Missing place={place} />} />;
}

function NoTags({ place }: { place: Place }): ReactNode {
  const item = useRepository(place);
  const source = useSource(place.registry);
  if (place.registry !== undefined) return <Empty kind="nothing yet" title="This repository has no tags" />;
  const untagged = item?.untagged ?? 0;
  const target = source === undefined ? undefined : `${commandHost(source.url)}/${place.repository}:1`;
  return (
    <Empty kind="nothing yet" title="There are no tags here">
      {untagged > 0 && <p>{formatOf(untagged, "image")} without a tag can still be pulled by digest.</p>}
      {target !== undefined && (
        <>
          <p>Push one:</p>
          <CommandLine text={`docker tag IMAGE ${target} && docker push ${target}`} what="the command" />
        </>
      )}
    </Empty>
  );
}

function Missing({ place }: { place: Place }): ReactNode {
  return (
    <Empty kind="not permitted" title={`There is no repository ${place.repository}`}>
      Either nothing was ever pushed under this name, or you may not see it.{" "}
      {place.registry === undefined && (
        <Anchor component={Link} to="/repositories" inherit>
          All repositories
        </Anchor>
      )}
    </Empty>
  );
}
