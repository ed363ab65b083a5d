/**
 * Configuration files: YAML in, desired state out, and the kernel's state as YAML.
 *
 * @module
 */

export { ConfigError, type Problem } from "./config_error.ts";
export { formatState } from "./format_state.ts";
export { parseConfig } from "./parse_config.ts";
