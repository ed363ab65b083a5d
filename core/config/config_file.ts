import type { DesiredState } from "../model/mod.ts";
import type { HostResolver } from "./read/hosts.ts";
import type { IncludedFiles } from "./source/included_files.ts";
import type { LintHost } from "./lint/service.ts";
import type { Warning } from "./source/problem.ts";
import type { Variables } from "./source/variables.ts";

/** A file, and what reading it needs of the world; what is not given cannot be used by the file. */
export interface ConfigOptions {
  /** The file's name, for messages and for the files that it includes; "-" is standard input. */
  readonly file: string;
  /** The file system, for `include`. */
  readonly files?: IncludedFiles;
  /** The environment, for `${NAME}`; without it no variable is set. */
  readonly variables?: Variables;
  /** Finds the addresses of hosts that servers are named by. */
  readonly resolve?: HostResolver;
}

/** How a file is read. */
export interface ReadConfigOptions extends ConfigOptions {
  /**
   * What is known of the machine, for warnings.
   *
   * @default {no warnings}
   */
  readonly lint?: LintHost | undefined;
}

/** A file that was read. */
export interface ConfigFile {
  /** What it describes; without servers that are named by hosts, where these were not looked up. */
  readonly desired: DesiredState;
  /** What is legal and most probably not meant, in the order of the file. */
  readonly warnings: readonly Warning[];
  /** Names of hosts that servers are named by. */
  readonly hosts: readonly string[];
  /** Names of the files that it includes. */
  readonly included: readonly string[];
}
