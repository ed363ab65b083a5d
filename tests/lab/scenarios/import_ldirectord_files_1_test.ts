/**
 * ldirectord and lvsctl with what it imports, on small files that vary ldirectord's language: the tables are the same, or
 * the importer names what makes them differ. This is part 1 of 2.
 *
 * @module
 */
import { comparePart } from "../ldirectord_table.ts";

Deno.test("small files of ldirectord make the same table when imported, or the importer names why not: part 1", async () => {
  await comparePart(0);
});
