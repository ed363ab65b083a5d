/**
 * The parts that importers outside this folder share; it loads the reader of configuration files.
 *
 * @module
 */

export { importTable, type TableOrigin } from "./import_table.ts";
