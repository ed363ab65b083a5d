import { EXIT } from "../errors/mod.ts";
import type { DesiredState } from "../model/mod.ts";
import { readCanonical } from "./canonical.ts";
import { ConfigError } from "./config_error.ts";
import { type HostAnswers, type HostResolver, resolveHosts } from "./hosts.ts";
import { type IncludedFiles, Includer } from "./include.ts";
import { type LintMachine, lintService } from "./lint.ts";
import { locateFindings } from "./locate_canonical.ts";
import type { LocatedService } from "./read_service.ts";
import { type FileTree, type ReadState, readState } from "./read_state.ts";
import { Reading, type Warning } from "./reading.ts";
import { substitute, type Variables } from "./substitute.ts";
import type { Tree } from "./tree.ts";
import { readYaml } from "./yaml.ts";

/** The YAML library takes up to a hundred bytes of memory for one of the file's, and ends the process when it has none. */
const MAX_YAML_LENGTH = 16 * 1024 * 1024;

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
  readonly lint?: LintMachine;
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

/** Reads one file and those that it includes. */
class FileReader {
  readonly #options: ReadConfigOptions;
  readonly #text: string;
  #length = 0;
  #reading: Reading;

  constructor(text: string, options: ReadConfigOptions) {
    this.#text = text;
    this.#options = options;
    this.#reading = new Reading(text, options.file);
  }

  async read(): Promise<ConfigFile> {
    const tree = await this.#parse(this.#text, 0);
    if (tree === undefined) {
      this.#refuseProblems();
      this.#reading.report(0, 'the file is empty: it needs at least "version: 1" and services');
      throw this.#error();
    }
    const includer = new Includer({
      files: this.#options.files,
      reading: this.#reading,
      parse: (text, base) => this.#parse(text, base),
    });
    const file = await includer.read(this.#options.file, tree);
    const state = await this.#readState(file);
    this.#refuseProblems();
    const { lint } = this.#options;
    if (lint !== undefined) this.#warn(state, lint);
    return {
      desired: state.desired,
      warnings: this.#reading.warnings,
      hosts: hostsOf(state),
      included: includer.names,
    };
  }

  async #parse(text: string, base: number): Promise<Tree | undefined> {
    this.#length += text.length;
    if (this.#length > MAX_YAML_LENGTH) {
      const what = base === 0 ? "the file is" : "the file and those before it are";
      this.#reading.report(base, `${what} larger than 16 MiB, which only one that "lvsctl save" wrote may be`);
      return undefined;
    }
    const tree = await readYaml(text, this.#reading, { base });
    if (tree === undefined || !text.includes("$")) return tree;
    const { variables = (): undefined => undefined } = this.#options;
    return substitute(tree, { variables, reading: this.#reading });
  }

  /** Reads once to find the names of hosts, and again with their addresses; files without names once only. */
  async #readState(file: FileTree): Promise<ReadState> {
    const state = readState(file, this.#reading);
    const { resolve } = this.#options;
    if (resolve === undefined || this.#reading.reports > 0) return state;
    const names = hostsOf(state);
    if (names.length === 0) return state;
    const hosts: HostAnswers = await resolveHosts(names, resolve);
    const resolved = readState(file, this.#reading, { hosts });
    // That a name has no address now is not the file's fault.
    if (this.#reading.reports > 0) {
      const failed = [...hosts.values()].some((answer) => "failure" in answer);
      throw this.#error(failed ? EXIT.refused : EXIT.usage);
    }
    return resolved;
  }

  #warn({ desired, services }: ReadState, machine: LintMachine): void {
    for (const located of services) {
      const isComplete = this.#options.resolve !== undefined || located.hosts.length === 0;
      const findings = lintService(located.value, { ...machine, vips: desired.vips, isComplete });
      for (const { code, message, key, server } of findings) {
        this.#reading.warn(offsetOf(located, { key, server }), { code, message });
      }
    }
  }

  #refuseProblems(): void {
    if (this.#reading.reports > 0) throw this.#error();
  }

  #error(exitCode: typeof EXIT.usage | typeof EXIT.refused = EXIT.usage): ConfigError {
    return new ConfigError(this.#options.file, this.#reading.problems, { exitCode });
  }
}

function hostsOf({ services }: ReadState): readonly string[] {
  return [...new Set(services.flatMap(({ hosts }) => hosts))];
}

/** Where a finding is told: at the key that it is about, or at what has that key by default. */
function offsetOf(
  { node, section, sections }: LocatedService,
  { key, server }: { readonly key: string; readonly server: LocatedService["value"]["servers"][number] | undefined },
): number {
  const own = server === undefined ? undefined : sections.get(server);
  if (own !== undefined) return (own.find(key) ?? own.node).offset;
  if (key === "listen") return node.offset;
  return (section.find(server === undefined ? key : "fallback") ?? section.node).offset;
}

/**
 * Reads any file, as slowly as YAML is read.
 *
 * @throws {ConfigError} If anything is wrong with the file.
 */
export async function parseYamlConfig(text: string, options: ConfigOptions): Promise<DesiredState> {
  return (await new FileReader(text, options).read()).desired;
}

/**
 * Reads a configuration file, and tells of it what is not needed to bring it about; one that `lvsctl save` wrote is
 * read many times as fast as any other.
 *
 * @param text The whole file, decoded.
 * @throws {ConfigError} If anything is wrong with the file: then it names everything that is.
 */
export async function readConfig(text: string, options: ReadConfigOptions): Promise<ConfigFile> {
  // Editors of other systems put a byte order mark first; without it, columns are those of the line.
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  const { lint } = options;
  const desired = readCanonical(body);
  if (desired === undefined) return await new FileReader(body, options).read();
  return { desired, warnings: lint === undefined ? [] : lintCanonical(body, desired, lint), hosts: [], included: [] };
}

function lintCanonical(text: string, desired: DesiredState, machine: LintMachine): readonly Warning[] {
  const surroundings = { ...machine, vips: desired.vips, isComplete: true };
  const reading = new Reading(text);
  for (
    const { offset, code, message } of locateFindings(text, desired, (service) => lintService(service, surroundings))
  ) {
    reading.warn(offset, { code, message });
  }
  return reading.warnings;
}

/**
 * Reads a configuration file to bring it about.
 *
 * @param text The whole file, decoded.
 * @throws {ConfigError} If anything is wrong with the file: then it names everything that is.
 */
export async function parseConfig(text: string, options: ConfigOptions): Promise<DesiredState> {
  // Without their servers, services with names would be brought about as if they had none.
  const resolve: HostResolver = () => Promise.resolve({ failure: "host names cannot be looked up here" });
  return (await readConfig(text, { resolve, ...options })).desired;
}
