/**
 * keepalived and lvsctl with what it imports, on small files that vary keepalived's language: the tables are the same, or
 * the importer names what makes them differ. This is part 3 of 4.
 *
 * @module
 */
import { comparePart } from "../keepalived_table.ts";

Deno.test("small files of keepalived make the same table when imported, or the importer names why not: part 3", async () => {
  await comparePart(2);
});
