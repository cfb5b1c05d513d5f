// Groups exist by being named: by members, and by grants.

import { sql } from "kysely";
import type { Database } from "./database.ts";

export interface GroupItem {
  readonly name: string;
  readonly members: number;
  readonly grants: number;
}

const maxGroups = 1000;

/** In the order of their names, at most a thousand. */
export async function listGroups(db: Database): Promise<GroupItem[]> {
  const { rows } = await sql<GroupItem>`
    select name, cast(sum(members) as bigint) as members, cast(sum(grants) as bigint) as grants
    from (
      select name, count(*) as members, 0 as grants from principal_group group by name
      union all
      select group_name as name, 0 as members, count(*) as grants from access_grant where subject_kind = 'group' group by group_name
    ) as named
    group by name order by name limit ${maxGroups}
  `.execute(db.query);
  return rows;
}
