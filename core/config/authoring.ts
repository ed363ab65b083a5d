/**
 * What helps to write configuration files: only the commands about files need it, and it takes its time to load.
 *
 * @module
 */

export { type JsonSchema, jsonSchema } from "./json_schema.ts";
export { startingFile } from "./starting_file.ts";
