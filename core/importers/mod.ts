/**
 * Files of other programs, made into configuration files: text in, text and a report out.
 *
 * @module
 */

export { type Imported, type Importer, type ImportSource, type ImportWorld, type Unmapped } from "./imported.ts";

/** What importers are made of. */
export async function loadImporting(): Promise<typeof import("./importing.ts")> {
  return await import("./importing.ts");
}
