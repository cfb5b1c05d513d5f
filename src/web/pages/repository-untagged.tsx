// Images of a repository that no tag leads to any more: what they are, what they hold, and whether somebody still pulls them by digest.

import { Stack } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import type { ManifestItem, ManifestsAnswer } from "../../wire/manifests.ts";
import { AskError } from "../ask/ask-error.ts";
import { manifests } from "../ask/queries.ts";
import type { CellContext, GridColumn } from "../grid/columns.ts";
import { Grid } from "../grid/grid.tsx";
import type { RowAction } from "../grid/grid-keys.ts";
import { TwoLines } from "../grid/two-lines.tsx";
import { useBlocks } from "../grid/use-blocks.ts";
import { copyLine } from "../parts/copy.tsx";
import { Empty } from "../parts/empty.tsx";
import { PlaceLink } from "../parts/place-link.tsx";
import { usePreference } from "../parts/preferences.ts";
import { ListProblem } from "../parts/problem.tsx";
import { useReference } from "../parts/pull-commands-source.ts";
import { useSearchState } from "../parts/search-state.ts";
import { NotKnown, Platforms, When } from "../parts/tag-cells.tsx";
import { formatExact, formatOf } from "../show/count.ts";
import { placePath, shortDigest, type Place } from "../show/place.ts";
import { Bytes, Pulled } from "./repositories-cells.tsx";
import { MissingRepository } from "./repository-tags.tsx";
import styles from "./repository.module.css";

/** An order of the table of tags, which shares the parameter, is none of this one. */
const known = /^-?(?:digest|bytes|pushedAt|pulls|lastPulledAt)$/;
const digestOf = ({ digest }: ManifestItem): string => digest;

export function RepositoryUntagged({ place: { repository } }: { place: Place }): ReactNode {
  const [search, change] = useSearchState();
  const asked = search["sort"] ?? "";
  const sort = known.test(asked) ? asked : "-bytes";
  const query = useMemo(() => ({ repository, untagged: true, sort }), [repository, sort]);
  const blocks = useBlocks<ManifestItem, ManifestsAnswer>(manifests, query, digestOf);
  const columns = useMemo(() => untaggedColumns(repository), [repository]);
  const narrow = useCallback((row: ManifestItem, context: CellContext) => narrowRow(repository, row, context), [repository]);
  const withLetters = usePreference("keys") === "on";
  const { act, said } = useActions(repository);
  const { error, total } = blocks;
  if (error instanceof AskError && error.isMissing) return <MissingRepository place={{ repository }} />;
  return (
    <Stack gap="xs">
      <p className={styles.note} role="status">
        {said !== "" && `${said} · `}
        {total !== undefined && total > 0 && `${formatOf(total, "image")} without a tag, in no index: pulled by digest only.`}
      </p>
      <ListProblem many="images" error={error} blocks={blocks} retry={blocks.retry} />
      {(total !== undefined || error === null) && (
        <Grid
          label="Images without a tag"
          {...{ blocks, columns, sort, withLetters }}
          onSort={(next) => change({ sort: next })}
          narrow={narrow}
          onAction={act}
          empty={
            <Empty kind="nothing yet" title="Every image here has a tag">
              Or it is part of one that has: a platform of an index, a signature, an SBOM.
            </Empty>
          }
        />
      )}
    </Stack>
  );
}

function useActions(repository: string): { act: (action: RowAction, row: ManifestItem) => boolean; said: string } {
  const navigate = useNavigate();
  const referenceOf = useReference(undefined);
  const [said, setSaid] = useState("");
  const copy = async (place: Place): Promise<void> => setSaid(await copyLine(referenceOf(place)));
  return {
    said,
    act(action, { digest }) {
      const place = { repository, digest };
      if (action === "open") void navigate({ to: placePath(place) });
      else if (action === "copy") void copy(place);
      else return false;
      return true;
    },
  };
}

function Digest({ repository, digest, context }: { repository: string; digest: string; context: CellContext }): ReactNode {
  return (
    <PlaceLink place={{ repository, digest }} className={styles.digest} tabIndex={context.tabIndex}>
      <span className="mono" data-tip={digest}>
        {shortDigest(digest)}
      </span>
    </PlaceLink>
  );
}

function untaggedColumns(repository: string): GridColumn<ManifestItem>[] {
  return [
    {
      id: "digest",
      title: "Digest",
      sort: "digest",
      width: 150,
      grow: 1,
      fixed: true,
      cell: ({ digest }, context) => <Digest {...{ repository, digest, context }} />,
    },
    {
      id: "platforms",
      title: "Platforms",
      width: 160,
      grow: 1,
      cell: (row, context) => <Platforms row={row} context={context} />,
    },
    {
      id: "size",
      title: "Size",
      sort: "bytes",
      descending: true,
      width: 100,
      right: true,
      note: "What is stored for all platforms, compressed, with what others share",
      cell: ({ bytes }, { tabIndex }) => <Bytes bytes={bytes} tabIndex={tabIndex} />,
    },
    {
      id: "pushed",
      title: "Pushed",
      sort: "pushedAt",
      descending: true,
      width: 110,
      cell: ({ pushedAt }, context) => pushedAt !== null && <When time={pushedAt} context={context} />,
    },
    {
      id: "pulled",
      title: "Pulled",
      sort: "lastPulledAt",
      descending: true,
      width: 110,
      note: "When it was last pulled, by a tag that it had or by its digest",
      cell: ({ pulls }, context) => <Pulled pulls={pulls} context={context} />,
    },
    {
      id: "pulls",
      title: "Pulls",
      sort: "pulls",
      descending: true,
      width: 110,
      right: true,
      note: "By the tags that it had, and by its digest",
      cell: ({ pulls: { count } }, { tabIndex }) =>
        count === null ? <NotKnown why="Pulls are not counted." tabIndex={tabIndex} /> : formatExact(count),
    },
  ];
}

function narrowRow(repository: string, { digest, bytes, pushedAt, pulls }: ManifestItem, context: CellContext): ReactNode {
  return (
    <TwoLines
      first={
        <>
          <Digest {...{ repository, digest, context }} />
          {pulls.count !== null && <span className="num">{formatExact(pulls.count)}</span>}
        </>
      }
      second={
        <>
          {pushedAt !== null && <When time={pushedAt} note="pushed" context={context} />}
          <Pulled pulls={pulls} context={context} />
          <Bytes bytes={bytes} tabIndex={context.tabIndex} />
        </>
      }
    />
  );
}
