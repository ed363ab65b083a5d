/**
 * Configuration files: YAML in, desired state out, and the kernel's state as YAML.
 *
 * @module
 */

export { commonForward, formatState } from "./canonical/format_state.ts";
export { writeText } from "./canonical/lines.ts";
export { ConfigError, formatProblem, type Problem } from "./config_error.ts";
export type { ConfigFile, ConfigOptions } from "./config_file.ts";
export type { LintHost } from "./lint/lint.ts";
export type { HostResolver } from "./read/hosts.ts";
export { parseConfig, readConfig } from "./read_config.ts";
export { beside, expandPattern, isPattern } from "./source/glob.ts";
export type { IncludedFiles } from "./source/include.ts";
export type { Warning } from "./source/source_report.ts";
export type { Variables } from "./source/substitute.ts";
export type { MappingNode, Tree } from "./source/tree.ts";

/** What helps to write files: the JSON Schema, and a file to start from. It takes its time to load. */
export async function loadAuthoring(): Promise<typeof import("./authoring.ts")> {
  return await import("./authoring.ts");
}

/** The reader of YAML that is none of lvsctl's files. */
export async function loadAnyYaml(): Promise<typeof import("./source/any_yaml.ts")> {
  return await import("./source/any_yaml.ts");
}
