import { EXIT } from "../errors/mod.ts";
import { ConfigError } from "./config_error.ts";
import { type HostAnswers, resolveHosts } from "./read/hosts.ts";
import { type FileTree, Includer } from "./source/included_files.ts";
import { type LintHost, lintService } from "./lint/service.ts";
import type { LocatedService } from "./read/service.ts";
import { type ReadState, readState } from "./read/state.ts";
import { SourceReport } from "./source/source_report.ts";
import { substitute } from "./source/variables.ts";
import type { Tree } from "./source/tree.ts";
import { readYaml } from "./source/yaml.ts";
import type { ConfigFile, ReadConfigOptions } from "./config_file.ts";

/** The YAML library takes up to a hundred bytes of memory for one of the file's, and ends the process when it has none. */
const MAX_YAML_LENGTH = 16 * 1024 * 1024;

/** Reads one file and those that it includes. */
export class FileReader {
  readonly #options: ReadConfigOptions;
  readonly #text: string;
  #length = 0;
  #report: SourceReport;

  /** Prepares for a file of which the text is there already. */
  constructor(text: string, options: ReadConfigOptions) {
    this.#text = text;
    this.#options = options;
    this.#report = new SourceReport(text, options.file);
  }

  /**
   * Reads it.
   *
   * @throws {ConfigError} If anything is wrong with the file.
   */
  async read(): Promise<ConfigFile> {
    const tree = await this.#parse(this.#text, 0);
    if (tree === undefined) {
      this.#refuseProblems();
      this.#report.addProblem(0, 'the file is empty: it needs at least "version: 1" and services');
      throw this.#error();
    }
    const includer = new Includer({
      files: this.#options.files,
      report: this.#report,
      parse: (text, base) => this.#parse(text, base),
    });
    const file = await includer.read(this.#options.file, tree);
    const state = await this.#readState(file);
    this.#refuseProblems();
    const { lint } = this.#options;
    if (lint !== undefined) this.#warn(state, lint);
    return {
      desired: state.desired,
      warnings: this.#report.warnings,
      hosts: hostsOf(state),
      included: includer.names,
    };
  }

  async #parse(text: string, base: number): Promise<Tree | undefined> {
    this.#length += text.length;
    if (this.#length > MAX_YAML_LENGTH) {
      const what = base === 0 ? "the file is" : "the file and those before it are";
      this.#report.addProblem(base, `${what} larger than 16 MiB, which only one that "lvsctl save" wrote may be`);
      return undefined;
    }
    const tree = await readYaml(text, this.#report, { base });
    if (tree === undefined || !text.includes("$")) return tree;
    const { variables = (): undefined => undefined } = this.#options;
    return substitute(tree, { variables, report: this.#report });
  }

  /** Reads once to find the names of hosts, and again with their addresses; files without names once only. */
  async #readState(file: FileTree): Promise<ReadState> {
    const state = readState(file, this.#report);
    const { resolve } = this.#options;
    if (resolve === undefined || this.#report.problemReports > 0) return state;
    const names = hostsOf(state);
    if (names.length === 0) return state;
    const hosts: HostAnswers = await resolveHosts(names, resolve);
    const resolved = readState(file, this.#report, { hosts });
    // That a name has no address now is not the file's fault.
    if (this.#report.problemReports > 0) {
      const failed = [...hosts.values()].some((answer) => "failure" in answer);
      throw this.#error(failed ? EXIT.refused : EXIT.usage);
    }
    return resolved;
  }

  #warn({ desired, services }: ReadState, machine: LintHost): void {
    for (const located of services) {
      const isComplete = this.#options.resolve !== undefined || located.hosts.length === 0;
      const findings = lintService(located.value, { ...machine, vips: desired.vips, isComplete });
      for (const { code, message, key, server, text } of findings) {
        const offset = offsetOf(located, { key, server, text });
        const place = isInherited(located, { key, server }) ? this.#serviceOf(located, offset) : "";
        this.#report.addWarning(offset, { code, message: message + place });
      }
    }
  }

  /** Says which service it is that a default does not suit: such a warning is told where the default is written. */
  #serviceOf({ section }: LocatedService, offset: number): string {
    return ` (the service in ${this.#report.lineOf(section.node.offset, { from: offset })})`;
  }

  #refuseProblems(): void {
    if (this.#report.problemReports > 0) throw this.#error();
  }

  #error(exitCode: typeof EXIT.usage | typeof EXIT.refused = EXIT.usage): ConfigError {
    return new ConfigError(this.#options.file, this.#report.problems, { exitCode });
  }
}

function hostsOf({ services }: ReadState): readonly string[] {
  return [...new Set(services.flatMap(({ hosts }) => hosts))];
}

/** Whether a finding is about a value that the service has from the defaults. */
function isInherited(
  { section: { node } }: LocatedService,
  { key, server }: { readonly key: string; readonly server: LocatedService["value"]["servers"][number] | undefined },
): boolean {
  if (server !== undefined || node.kind !== "mapping") return false;
  return node.entries.some((entry) =>
    entry.isInherited === true && entry.key.kind === "scalar" && entry.key.text === key
  );
}

/** Where a finding is told: at the key that it is about, or at what has that key by default. */
function offsetOf(
  { node, section, sections }: LocatedService,
  { key, server, text }: {
    readonly key: string;
    readonly server: LocatedService["value"]["servers"][number] | undefined;
    readonly text: string | undefined;
  },
): number {
  const own = server === undefined ? undefined : sections.get(server);
  if (own === undefined && key === "listen") return node.offset;
  const found = own !== undefined
    ? own.find(key) ?? own.node
    : section.find(server === undefined ? key : "fallback") ?? section.node;
  return (scalarOf(found, text) ?? found).offset;
}

/** The first scalar of a tree that has a text. */
function scalarOf(tree: Tree, text: string | undefined): Tree | undefined {
  if (text === undefined) return undefined;
  if (tree.kind === "scalar") return tree.text === text ? tree : undefined;
  const children = tree.kind === "list" ? tree.items : tree.entries.map(({ value }) => value);
  for (const child of children) {
    const found = scalarOf(child, text);
    if (found !== undefined) return found;
  }
  return undefined;
}
