import type { Member } from "../../../core/cluster/mod.ts";
import { type ConfigFile, type ConfigOptions, formatProblem, readConfig } from "../../../core/config/mod.ts";
import { type DesiredState, parseLabels } from "../../../core/model/mod.ts";
import { lintHost, printWarnings } from "../../config/read_config.ts";
import type { Context } from "../../context/context.ts";
import type { Io } from "../../context/io.ts";
import type { Surroundings } from "../../context/surroundings.ts";
import { ReadingProgress } from "../../terminal/reading_progress.ts";

/** The text of a version, and how messages name it. */
export interface Document {
  /** The text. */
  readonly text: string;
  /** Its file, or the version of the store. */
  readonly name: string;
}

/** A director that reads a text. */
export type DocumentDirector = Pick<Member, "name" | "labels">;

/** A text as its directors read it. */
export interface ReadDocument {
  /**
   * The desired state of a director; one that the text does not name has no variables of its own. Without a director it
   * is the state of the first host that the text names.
   *
   * @throws {LvsctlError} If it is not valid on that director.
   */
  of(director?: DocumentDirector): Promise<DesiredState>;
}

/** Options of {@linkcode readDocument}. */
export interface ReadDocumentOptions {
  /**
   * The directors that run.
   *
   * @default {[]}
   */
  readonly directors?: readonly DocumentDirector[];
  /**
   * Prints warnings on standard error.
   *
   * @default {false}
   */
  readonly warns?: boolean;
}

/** Reads a text for all directors; returns the reading for the first host that it names. */
async function readFirst(
  context: Context,
  { name, text }: Document,
  { readings, directors }: { readonly readings: Readings; readonly directors: readonly DocumentDirector[] },
): Promise<ConfigFile> {
  using reading = new ReadingProgress(context);
  reading.add(text, { name });
  const first = await readings.first();
  for (const host of readings.hosts) await readings.read(host);
  for (const director of directors) await readings.read(director.name);
  return first;
}

/**
 * Reads a text as directors do: it includes no files, and host names are not resolved. It is valid if it is on each host
 * that it names, and on each director that runs.
 *
 * @throws {LvsctlError} If it is not valid.
 */
export async function readDocument(
  context: Context,
  document: Document,
  { directors = [], warns = false }: ReadDocumentOptions = {},
): Promise<ReadDocument> {
  const readings = new Readings(context, { document, directors, warns });
  const first = await readFirst(context, document, { readings, directors });
  if (warns) readings.printWarnings(context.io, { areAllKnown: readings.hosts.length + directors.length > 0 });
  return {
    of: async (director) => (director === undefined ? first : await readings.read(director.name, director)).desired,
  };
}

/** A text as different directors have read it: those that read the same are asked once. */
class Readings {
  readonly #surroundings: Surroundings;
  readonly #document: Document;
  readonly #warns: boolean;
  readonly #labels: ReadonlyMap<string, readonly string[]>;
  readonly #files = new Map<string, ConfigFile>();
  #differs = false;
  /** The hosts that the text names. */
  hosts: readonly string[] = [];

  constructor(
    { surroundings }: Context,
    { document, directors, warns }: Required<ReadDocumentOptions> & { readonly document: Document },
  ) {
    this.#surroundings = surroundings;
    this.#document = document;
    this.#warns = warns;
    this.#labels = new Map(directors.map(({ name, labels }) => [name, labels]));
  }

  /** Reads the text for the first host that it names. */
  async first(): Promise<ConfigFile> {
    let name = "";
    const file = await this.#read({
      file: this.#document.name,
      // A text that names hosts may be valid on them alone.
      host: (named) => {
        this.#differs = true;
        this.hosts = named;
        return name = named[0] ?? "";
      },
      labels: () => parseLabels(this.#labels.get(name) ?? []),
    });
    this.#differs ||= file.omitted.length > 0;
    this.#files.set(this.#keyOf(name), file);
    return file;
  }

  /** Reads the text for a director. */
  async read(
    name: string,
    { labels = this.#labels.get(name) ?? [] }: Partial<DocumentDirector> = {},
  ): Promise<ConfigFile> {
    const key = this.#keyOf(name, labels);
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const { name: text } = this.#document;
    const file = `${text === "-" ? "<stdin>" : text} (${name})`;
    const read = await this.#read({ file, host: () => name, labels: () => parseLabels(labels) });
    this.#files.set(key, read);
    return read;
  }

  /** Prints the warnings of all directors, each once, and the items that none of them has. */
  printWarnings(io: Io, { areAllKnown }: { readonly areAllKnown: boolean }): void {
    const files = [...this.#files.values()];
    const { name } = this.#document;
    const warnings = files.flatMap(({ warnings }) => warnings);
    const distinct = new Map(warnings.map((warning) => [JSON.stringify(warning), warning]));
    printWarnings(io, { file: name, warnings: [...distinct.values()] });
    if (!areAllKnown) return;
    const omitted = files.map((file) => new Map(file.omitted.map((part) => [JSON.stringify(part), part])));
    for (const [key, { labels, ...place }] of omitted[0] ?? []) {
      if (!omitted.every((parts) => parts.has(key))) continue;
      const message = `warning: no director is known that has ${labels.join(" and ")}, so none has this item`;
      io.err(`lvsctl: ${formatProblem(name, { ...place, message })}\n`);
    }
  }

  #keyOf(name: string, labels = this.#labels.get(name) ?? []): string {
    if (!this.#differs) return "";
    return JSON.stringify([this.hosts.includes(name) ? name : "", ...labels]);
  }

  async #read(options: Pick<ConfigOptions, "file" | "host" | "labels">): Promise<ConfigFile> {
    const { variables } = this.#surroundings;
    const lint = this.#warns ? lintHost(this.#surroundings) : undefined;
    return await readConfig(this.#document.text, { ...options, variables, lint });
  }
}
