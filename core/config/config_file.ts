import type { FindingHost } from "../findings/mod.ts";
import type { DesiredState, Discovery, Labels } from "../model/mod.ts";
import type { DiscoveryResolver } from "./read/discovery.ts";
import type { HostResolver } from "./read/hosts.ts";
import type { IncludedFiles } from "./source/included_files.ts";
import type { Problem, Warning } from "./source/problem.ts";
import type { Variables } from "./source/variables.ts";

/** A file's name, and access to the system; a file cannot use access that is omitted. */
export interface ConfigOptions {
  /** The file's name, for messages and for the paths of included files; "-" is standard input. */
  readonly file: string;
  /** The file system, for `include`. */
  readonly files?: IncludedFiles;
  /** The environment, for `${NAME}`; if omitted, no variable is set. */
  readonly variables?: Variables;
  /**
   * The name of the host, whose variables and labels in `hosts:` the file uses, by the names of all hosts there; it is
   * called only if the file has `hosts:`. If omitted, the file uses the environment alone.
   */
  readonly host?: (named: readonly string[]) => string;
  /** The labels that this director has outside the file. If omitted, it has none. */
  readonly labels?: () => Labels;
  /** The resolver of servers' host names. */
  readonly resolve?: HostResolver;
  /** The resolver of sources of servers. */
  readonly discover?: DiscoveryResolver;
}

/** Options for reading a file. */
export interface ReadConfigOptions extends ConfigOptions {
  /**
   * The state of this machine, for warnings.
   *
   * @default {no warnings}
   */
  readonly lint?: FindingHost | undefined;
  /**
   * Whether a host name without a usable address is left out of its service, and named there, instead of being an error.
   *
   * @default {false}
   */
  readonly omitsUnresolved?: boolean | undefined;
}

/** An item of a file that is for other directors, and its place. */
export interface OmittedPart extends Omit<Problem, "message"> {
  /** The labels that it is for. */
  readonly labels: readonly string[];
}

/** The content of a file. */
export interface ConfigFile {
  /** The desired state; without the servers that have host names, if these were not resolved. */
  readonly desired: DesiredState;
  /** Warnings, in the order of the file. */
  readonly warnings: readonly Warning[];
  /** Host names of servers. */
  readonly hosts: readonly string[];
  /** The sources of servers. */
  readonly sources: readonly Discovery[];
  /** Names of the included files. */
  readonly included: readonly string[];
  /** The items that are for other directors. */
  readonly omitted: readonly OmittedPart[];
  /**
   * Makes the desired state again, with the answers of other resolvers and without reading a file; undefined if no host
   * name was left out and the file has no sources.
   *
   * @throws {ConfigError} If the addresses are not valid in this file.
   */
  readonly resolveAgain?:
    | ((resolvers: Required<Pick<ConfigOptions, "resolve" | "discover">>) => Promise<ConfigFile>)
    | undefined;
}
