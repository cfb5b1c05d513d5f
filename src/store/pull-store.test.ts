import { pullStoreContract } from "../../test/contract/pull-store.ts";
import { databases } from "../../test/peers/databases.ts";

for (const { name, open, skip } of databases) pullStoreContract(`the tables of statistics on ${name}`, open, skip);
