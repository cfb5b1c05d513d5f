// When in the week: seven days of 24 hours. A table, so that it is read as one; its cells are shades, the exact value is in each.

import type { ReactNode } from "react";
import { sayMean, shadeOf, twoDigits, weekdayNames, weekdays, type WeekCell } from "./week.ts";
import styles from "./week-grid.module.css";

export function WeekGrid({ week }: { week: readonly (readonly WeekCell[])[] }): ReactNode {
  const most = Math.max(...week.flat().map(({ mean }) => mean ?? 0), Number.MIN_VALUE);
  return (
    <table className={styles.week}>
      <caption className="sr-only">Pulls of an hour on average, by day of the week and hour, UTC</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="sr-only">Day</span>
          </th>
          {week[0]?.map(({ hour }) => (
            <th key={hour} scope="col" abbr={`${hour} h`}>
              {hour % 6 === 0 ? twoDigits(hour) : <span className="sr-only">{twoDigits(hour)}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {week.map((row, day) => (
          <tr key={weekdays[day]}>
            <th scope="row" abbr={weekdayNames[day]}>
              {weekdays[day]}
            </th>
            {row.map(({ hour, mean }) => {
              const words = mean === undefined ? "not known" : sayMean(mean);
              return (
                <td
                  key={hour}
                  title={`${weekdayNames[day]} ${twoDigits(hour)}:00 UTC: ${words}`}
                  data-shade={mean === undefined ? "unknown" : shadeOf(mean, most)}
                >
                  <span className="sr-only">{words}</span>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
