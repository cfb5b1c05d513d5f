// The small tables of Home: a tag, and the one number that put it there.

import type { ReactNode } from "react";
import { PlaceLink } from "../parts/place-link.tsx";
import styles from "./home.module.css";

interface TagRow {
  readonly repository: string;
  readonly tag: string;
  readonly figure: ReactNode;
}

export function TagTable({ label, head, rows }: { label: string; head: string; rows: readonly TagRow[] }): ReactNode {
  return (
    <table className={styles.tags} aria-label={label}>
      <thead className="sr-only">
        <tr>
          <th scope="col">Tag</th>
          <th scope="col">{head}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ repository, tag, figure }) => (
          <tr key={`${repository}:${tag}`}>
            <th scope="row" title={`${repository}:${tag}`}>
              <PlaceLink place={{ repository, tag }} />
            </th>
            <td className="num">{figure}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
