/**
 * Configuration files: YAML in, desired state out, and the kernel's state as YAML.
 *
 * @module
 */

export { ConfigError, formatProblem, type Problem } from "./config_error.ts";
export { commonForward, formatState } from "./format_state.ts";
export { beside, expandPattern, isPattern } from "./glob.ts";
export { type HostAnswer, type HostResolver } from "./hosts.ts";
export { type IncludedFiles } from "./include.ts";
export { writeText } from "./lines.ts";
export { type LintMachine } from "./lint.ts";
export {
  type ConfigFile,
  type ConfigOptions,
  parseConfig,
  readConfig,
  type ReadConfigOptions,
} from "./parse_config.ts";
export { type Warning } from "./reading.ts";
export { type Variables } from "./substitute.ts";
export { type ListNode, type MappingEntry, type MappingNode, type ScalarNode, type Tree } from "./tree.ts";

/** What helps to write files: the JSON Schema, and a file to start from. It takes its time to load. */
export async function loadAuthoring(): Promise<typeof import("./authoring.ts")> {
  return await import("./authoring.ts");
}

/** The reader of YAML that is none of lvsctl's files. */
export async function loadAnyYaml(): Promise<typeof import("./any_yaml.ts")> {
  return await import("./any_yaml.ts");
}
