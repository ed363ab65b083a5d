/**
 * What helps to write configuration files: only the commands about files need it, and it takes its time to load.
 *
 * @module
 */

export { type JsonSchema, jsonSchema } from "./schema/json_schema.ts";
export { startingFile } from "./canonical/starting_file.ts";
