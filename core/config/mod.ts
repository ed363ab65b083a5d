/**
 * Configuration files: reads YAML into the desired state, and writes the kernel's state as YAML.
 *
 * @module
 */

export { commonForward, formatDesiredState, formatPartialState, formatState } from "./canonical/format_state.ts";
export { readCanonical } from "./canonical/read_canonical.ts";
export { writeText } from "./canonical/lines.ts";
export { isSavedText } from "./canonical/saved_text.ts";
export { ConfigError } from "./config_error.ts";
export type { ConfigFile, ConfigOptions } from "./config_file.ts";
export type { DiscoveryResolver } from "./read/discovery.ts";
export type { HostAnswer, HostResolver } from "./read/hosts.ts";
export { parseConfig, readConfig } from "./read_config.ts";
export type { IncludedFiles } from "./source/included_files.ts";
export { formatProblem, type Problem, type Warning } from "./source/problem.ts";
export type { Variables } from "./source/variables.ts";
export type { MappingNode, Tree } from "./source/tree.ts";

/** The JSON Schema of configuration files, in a module of its own: only `config schema` needs it. */
export async function loadJsonSchema(): Promise<typeof import("./schema/json_schema.ts")> {
  return await import("./schema/json_schema.ts");
}

/** The commented starting file, in a module of its own: only `config init` needs it. */
export async function loadStartingFile(): Promise<typeof import("./canonical/starting_file.ts")> {
  return await import("./canonical/starting_file.ts");
}

/** The effective file, in a module of its own: only `config show` needs it. */
export async function loadEffectiveFile(): Promise<typeof import("./effective_file.ts")> {
  return await import("./effective_file.ts");
}

/** The layout of files, in a module of its own: only `config fmt` needs it. */
export async function loadFormatFile(): Promise<typeof import("./format_file.ts")> {
  return await import("./format_file.ts");
}

/** The reader of other programs' YAML, in a module of its own: only importers need it. */
export async function loadAnyYaml(): Promise<typeof import("./any_yaml.ts")> {
  return await import("./any_yaml.ts");
}
