// Repositories by the parts of their names: where one is, and the folders directly below with their sums.

import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { FoldersAnswer } from "../../wire/folders.ts";
import { folders } from "../ask/queries.ts";
import { narrowBelow } from "../grid/columns.ts";
import { useWindowWidth } from "../grid/row-height.ts";
import { TwoLines } from "../grid/two-lines.tsx";
import { Waiting } from "../parts/cards.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { formatBytes, formatCount, formatExact, formatOf } from "../show/count.ts";
import { foldersAbove } from "../show/repository-query.ts";
import styles from "./repositories.module.css";

/** `under`: "" at the top. */
export function FolderPath({ under }: { under: string }): ReactNode {
  const above = foldersAbove(under);
  return (
    <nav aria-label="Folders" className={styles.path}>
      <Link to="/repositories" search={{ view: "folders" }} activeOptions={{ exact: true }}>
        All
      </Link>
      {above.map(({ path, name }) => (
        <span key={path}>
          {" / "}
          <Link to="/repositories" search={{ view: "folders", under: path }} activeOptions={{ exact: true }}>
            {name}
          </Link>
        </span>
      ))}
    </nav>
  );
}

/** `under` undefined: not by folders. */
export function useFolders(under: string | undefined): UseQueryResult<FoldersAnswer> {
  return useQuery({ ...folders(under === undefined || under === "" ? {} : { under }), enabled: under !== undefined });
}

export function FolderTable({ under, data }: { under: string; data: FoldersAnswer | undefined }): ReactNode {
  const isNarrow = useWindowWidth() < narrowBelow;
  if (data === undefined) return <Waiting lines={12} />;
  if (data.items.length === 0) return null;
  if (isNarrow) return <FolderList under={under} data={data} />;
  return (
    <div className={styles.frame}>
      <table className={styles.folders}>
        <caption className="sr-only">
          Folders{under === "" ? "" : ` in ${under}`}, with the sums of all that is below them
        </caption>
        <thead>
          <tr>
            <th scope="col">Folder</th>
            <th scope="col">Repositories</th>
            <th scope="col">Tags</th>
            <th scope="col">Stored</th>
            <th scope="col">Pulls</th>
            <th scope="col">Pulled</th>
          </tr>
        </thead>
        <tbody>
          {data.items.map(({ path, repositories, tags, bytes, pulls, lastPulledAt }) => (
            <tr key={path}>
              <th scope="row">
                <Link to="/repositories" search={{ view: "folders", under: path }}>
                  {path.slice(under.length)}
                </Link>
              </th>
              <td>{formatExact(repositories)}</td>
              <td>{formatExact(tags)}</td>
              <td>{formatBytes(bytes)}</td>
              <td>{pulls === null ? <span title="Pulls are not counted">–</span> : formatCount(pulls)}</td>
              <td>{lastPulledAt === null ? pulls === null ? "–" : "never" : <TimeTip time={lastPulledAt} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.more && <p className={styles.more}>{more}</p>}
    </div>
  );
}

function FolderList({ under, data }: { under: string; data: FoldersAnswer }): ReactNode {
  return (
    <ul className={styles.list} aria-label="Folders">
      {data.items.map(({ path, repositories, bytes, pulls, lastPulledAt }) => (
        <li key={path}>
          <TwoLines
            first={
              <>
                <Link to="/repositories" search={{ view: "folders", under: path }} className={styles.name}>
                  {path.slice(under.length)}
                </Link>
                <span className="num">{pulls === null ? "" : `${formatCount(pulls)} ${pulls === 1 ? "pull" : "pulls"}`}</span>
              </>
            }
            second={
              <>
                <span>{formatOf(repositories, "repository", "repositories")}</span>
                {lastPulledAt !== null && (
                  <span>
                    pulled <TimeTip time={lastPulledAt} />
                  </span>
                )}
                <span className="num">{formatBytes(bytes)}</span>
              </>
            }
          />
        </li>
      ))}
      {data.more && <li>{more}</li>}
    </ul>
  );
}

const more = "There are more folders than these: filter by a name.";
