import { EXIT } from "../errors/mod.ts";
import {
  type FindingHost,
  findingText,
  lookupOf,
  routerFindings,
  type ServiceFinding,
  serviceFindings,
  sharingFindings,
} from "../findings/mod.ts";
import { ConfigError } from "./config_error.ts";
import { type Discovery, type Labels, routerAddressesOf } from "../model/mod.ts";
import { lookUpAll } from "../time/mod.ts";
import { resolveSources } from "./read/discovery.ts";
import { type FileTree, Includer } from "./source/included_files.ts";
import type { LocatedService } from "./read/service.ts";
import { type ReadState, readState } from "./read/state.ts";
import { SourceReport } from "./source/source_report.ts";
import { chosenParts } from "./source/chosen_parts.ts";
import { type DirectorFacts, directorFacts } from "./source/hosts.ts";
import { substitute } from "./source/variables.ts";
import type { Tree } from "./source/tree.ts";
import { readYaml } from "./source/yaml.ts";
import type { ConfigFile, ConfigOptions, OmittedPart, ReadConfigOptions } from "./config_file.ts";

/** The YAML library uses up to a hundred bytes of memory per byte of the file, and without memory the process ends. */
const MAX_YAML_LENGTH = 16 * 1024 * 1024;

/** Answers for what a file does not have itself. */
type Resolvers = Pick<ConfigOptions, "resolve" | "discover">;

/** Reads one file and its included files. */
export class FileReader {
  readonly #options: ReadConfigOptions;
  readonly #text: string;
  #length = 0;
  #report: SourceReport;
  /** The variables and labels of this director; known once the main file is parsed. */
  #facts: DirectorFacts = { variables: () => undefined, labels: new Map() };
  readonly #omitted: OmittedPart[] = [];

  /** Prepares to read a text. */
  constructor(text: string, options: ReadConfigOptions) {
    this.#text = text;
    this.#options = options;
    this.#report = new SourceReport(text, options.file);
  }

  /**
   * Reads the file and the files that it includes.
   *
   * @throws {ConfigError} If the file is not valid; the error has every problem.
   */
  async read(): Promise<ConfigFile> {
    const { file, included, state } = await this.#load();
    const { lint } = this.#options;
    if (lint !== undefined) this.#warn(state, lint);
    return this.#result(state, { file, included });
  }

  /**
   * Reads and validates the file and the files that it includes, and returns them as they are written.
   *
   * @throws {ConfigError} If the file is not valid; the error has every problem.
   */
  async readTree(): Promise<FileTree> {
    return (await this.#load()).file;
  }

  async #load(): Promise<
    { readonly file: FileTree; readonly included: readonly string[]; readonly state: ReadState }
  > {
    const tree = await this.#parse(this.#text, 0);
    if (tree === undefined) {
      this.#throwProblems();
      this.#report.addProblem(0, 'the file is empty: it needs at least "version: 1" and services');
      throw this.#error();
    }
    const includer = new Includer({
      files: this.#options.files,
      report: this.#report,
      parse: (text, base) => this.#parse(text, base),
    });
    const file = await includer.read(this.#options.file, tree);
    const state = await this.#readState(file, this.#options);
    this.#throwProblems();
    return { file, included: includer.names, state };
  }

  #result(state: ReadState, parts: { readonly file: FileTree; readonly included: readonly string[] }): ConfigFile {
    const { desired } = state;
    const { file, included } = parts;
    const sources = sourcesOf(state);
    const mayChange = sources.length > 0 || desired.services.some(({ unresolved }) => unresolved !== undefined);
    return {
      desired,
      warnings: this.#report.warnings,
      hosts: hostsOf(state),
      sources,
      included,
      omitted: this.#omitted,
      resolveAgain: mayChange
        ? async (resolvers) => this.#result(await this.#readState(file, resolvers), parts)
        : undefined,
    };
  }

  async #parse(text: string, base: number): Promise<Tree | undefined> {
    this.#length += text.length;
    if (this.#length > MAX_YAML_LENGTH) {
      const what = base === 0 ? "the file is" : "the file and the files before it are together";
      this.#report.addProblem(base, `${what} larger than 16 MiB; only a file that "lvsctl save" wrote may be larger`);
      return undefined;
    }
    const tree = await readYaml(text, this.#report, { base });
    if (tree === undefined) return tree;
    if (base === 0) {
      const { host = (): string => "", variables = (): undefined => undefined, labels = (): Labels => new Map() } =
        this.#options;
      this.#facts = directorFacts(tree, { host, variables, labels });
    }
    const { variables, labels } = this.#facts;
    const chosen = text.includes("only_on")
      ? chosenParts(tree, {
        labels,
        onOmitted: ({ offset }, wanted) => this.#omitted.push({ ...this.#report.locate(offset), labels: wanted }),
      })
      : tree;
    return text.includes("$") ? substitute(chosen, { variables, report: this.#report }) : chosen;
  }

  /** Reads once to find the host names and sources, and then again with their answers if there are any. */
  async #readState(file: FileTree, { resolve, discover }: Resolvers): Promise<ReadState> {
    // Addresses of an earlier resolution may have been reported.
    const before = this.#report.problemReports;
    const state = readState(file, this.#report);
    if (this.#report.problemReports > before) return state;
    const names = resolve === undefined ? [] : hostsOf(state);
    const discoveries = discover === undefined ? [] : sourcesOf(state);
    if (names.length + discoveries.length === 0) return state;
    const [hosts, sources] = await Promise.all([
      resolve && lookUpAll(names, resolve),
      discover && resolveSources(discoveries, discover),
    ]);
    const { omitsUnresolved } = this.#options;
    const resolved = readState(file, this.#report, { hosts, sources, omitsUnresolved });
    // A name that does not resolve now is no mistake in the file, so the exit status differs.
    if (this.#report.problemReports > before) {
      const answers = [...hosts?.values() ?? [], ...sources?.values() ?? []];
      throw this.#error(answers.some((answer) => "failure" in answer) ? EXIT.refused : EXIT.usage);
    }
    return resolved;
  }

  #warn({ desired, services, routers, sharing }: ReadState, host: FindingHost): void {
    const shared = desired.healthSharing === undefined ? [] : sharingFindings(desired.healthSharing, desired.services);
    for (const finding of shared) {
      const node = sharing?.find(finding.key) ?? sharing?.node;
      if (node !== undefined) this.#report.addWarning(node.offset, { ...finding, message: findingText(finding) });
    }
    for (const finding of routerFindings(desired.vrrp ?? [], desired.vrrpGroups ?? [])) {
      // An instance and a group may have one name.
      const section = routers.find(({ values }) =>
        values.name === finding.name && ("members" in values) === (finding.of === "group")
      );
      const node = section?.find(finding.key) ?? section?.node;
      if (node !== undefined) this.#report.addWarning(node.offset, { ...finding, message: findingText(finding) });
    }
    const isService = lookupOf(desired.services);
    const routerAddresses = routerAddressesOf(desired.vrrp);
    for (const located of services) {
      const { resolve, discover } = this.#options;
      const isComplete = (located.hosts.length === 0 || resolve !== undefined) &&
        (located.sources.length === 0 || discover !== undefined) && located.value.unresolved === undefined;
      const findings = serviceFindings(located.value, {
        ...host,
        vips: desired.vips,
        routerAddresses,
        isComplete,
        isService,
      });
      for (const finding of findings) {
        const offset = offsetOf(located, finding);
        const place = isInherited(located, finding) ? this.#serviceOf(located, offset) : "";
        this.#report.addWarning(offset, { ...finding, message: findingText(finding) + place });
      }
    }
  }

  /** Names the service in a warning about an inherited value, which is reported at the place of the default. */
  #serviceOf({ section }: LocatedService, offset: number): string {
    return ` (the service in ${this.#report.lineOf(section.node.offset, { from: offset })})`;
  }

  #throwProblems(): void {
    if (this.#report.problemReports > 0) throw this.#error();
  }

  #error(exitCode: typeof EXIT.usage | typeof EXIT.refused = EXIT.usage): ConfigError {
    return new ConfigError(this.#options.file, this.#report.problems, {
      exitCode,
      unlisted: this.#report.unlistedProblems,
    });
  }
}

function sourcesOf({ services }: ReadState): readonly Discovery[] {
  const located = services.flatMap(({ sources }) => sources);
  return [...new Map(located.map(({ value }) => [value.name, value])).values()];
}

function hostsOf({ services }: ReadState): readonly string[] {
  return [...new Set(services.flatMap(({ hosts }) => hosts))];
}

/** Whether a finding is about a value that the service inherits from the defaults. */
function isInherited(
  { section: { node } }: LocatedService,
  { key, server }: ServiceFinding,
): boolean {
  if (server !== undefined || node.kind !== "mapping") return false;
  return node.entries.some((entry) =>
    entry.isInherited === true && entry.key.kind === "scalar" && entry.key.text === key
  );
}

/** The offset of a finding: at its key, or at the service or server that has the key by default. */
function offsetOf(
  { node, section, sections }: LocatedService,
  { key, server, text }: ServiceFinding,
): number {
  const own = server === undefined ? undefined : sections.get(server);
  if (own === undefined && key === "listen") return node.offset;
  const keyed = own !== undefined
    ? own.find(key) ?? own.node
    : section.find(server === undefined ? key : "fallback") ?? section.node;
  return (scalarOf(keyed, text) ?? keyed).offset;
}

/** The first scalar of a tree that has the given text. */
function scalarOf(tree: Tree, text: string | undefined): Tree | undefined {
  if (text === undefined) return undefined;
  if (tree.kind === "scalar") return tree.text === text ? tree : undefined;
  const children = tree.kind === "list" ? tree.items : tree.entries.map(({ value }) => value);
  for (const child of children) {
    const scalar = scalarOf(child, text);
    if (scalar !== undefined) return scalar;
  }
  return undefined;
}
