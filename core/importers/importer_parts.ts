/**
 * The parts that importers outside this folder share; it loads the reader of configuration files.
 *
 * @module
 */

export { decodeBytes } from "./foreign_bytes.ts";
export { Report } from "./imported.ts";
export { importTable, type TableOrigin } from "./import_table.ts";
