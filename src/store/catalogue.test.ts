import { describe } from "vitest";
import { catalogueContract } from "../../test/contract/catalogue.ts";
import { databases } from "../../test/peers/databases.ts";

describe.each(databases)("$name", ({ open, skip }) => {
  describe.skipIf(skip)("", () => {
    catalogueContract("the catalogue", open);
  });
});
