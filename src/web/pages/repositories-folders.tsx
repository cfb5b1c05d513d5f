// Repositories by the parts of their names: where one is, and the folders directly below with their sums.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { folders } from "../ask/queries.ts";
import { ProblemPanel } from "../parts/problem.tsx";
import { TimeTip } from "../parts/time-tip.tsx";
import { formatBytes, formatCount, formatExact } from "../show/count.ts";
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

export function FolderTable({ under }: { under: string }): ReactNode {
  const { data, error, refetch } = useQuery(folders(under === "" ? {} : { under }));
  if (error !== null) return <ProblemPanel error={error} what="load the folders" retry={() => void refetch()} />;
  if (data === undefined || data.items.length === 0) return null;
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
      {data.more && <p>There are more folders than these: filter by a name.</p>}
    </div>
  );
}
