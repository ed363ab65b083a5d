/**
 * What importers are made of: it takes the reader of configuration files to load.
 *
 * @module
 */

export { importTable, type TableOrigin } from "./import_table.ts";
