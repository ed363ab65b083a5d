import { loadAnyYaml } from "../../core/config/mod.ts";
import type { SourceStatus } from "../../core/discovery/mod.ts";
import { fieldsOf } from "../../core/json/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import type { Discovery, DiscoveryAnswer } from "../../core/model/mod.ts";
import type { OpenSources } from "../../core/system/discovery.ts";
import { describeSource, describeSourceList } from "../format/discovery.ts";
import type { DaemonLog } from "./log.ts";

/** The name of the lists in the state file. */
export const DISCOVERY = "discovery";

/** Options of {@linkcode DaemonSources}. */
export interface SourcesOptions {
  /** The log. */
  readonly log: DaemonLog;
  /** Reads the state of the daemon before this one. */
  readonly readState: () => unknown;
}

/** The sources of the daemon's file; their code is loaded for a file that has some. */
export class DaemonSources implements AsyncDisposable {
  readonly #options: SourcesOptions;
  #opening: Promise<OpenSources> | undefined;
  #open: OpenSources | undefined;
  #onList = (): void => {};

  /** Follows nothing yet. */
  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /** How often a list has changed. */
  changes = 0;

  /** Calls back for each list that has changed. */
  handle(onList: () => void): void {
    this.#onList = onList;
  }

  /** Follows a source, and returns its servers; waits some seconds for the first answer. Never throws. */
  readonly follow = async (discovery: Discovery): Promise<DiscoveryAnswer> => {
    const open = this.#open ??= await (this.#opening ??= this.#load());
    return await open.followers.answer(discovery);
  };

  /** The present servers of a source. */
  readonly present = (discovery: Discovery): Promise<DiscoveryAnswer> =>
    Promise.resolve(this.#open?.followers.present(discovery) ?? { failure: "no answer yet" });

  /** Stops to follow all sources but these. */
  retain(discoveries: readonly Discovery[]): void {
    this.#open?.followers.retain(discoveries);
  }

  /** The state of each source. */
  get status(): readonly SourceStatus[] {
    return this.#open?.followers.status ?? [];
  }

  /**
   * Accepts the next list of a source, whatever it lacks.
   *
   * @throws {LvsctlError} If no source has the name.
   */
  accept(name: string): void {
    if (this.#open?.followers.agree(name)) return;
    const names = this.status.map((each) => each.name);
    throw new LvsctlError(`no source has the name "${name}"`, {
      operation: "accept",
      hint: names.length === 0 ? "the daemon's file has no source" : `its sources are ${names.join("; ")}`,
    });
  }

  /** The lists for the next daemon. */
  toJSON(): unknown {
    return this.#open?.followers.toJSON();
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]();
  }

  async #load(): Promise<OpenSources> {
    const { log, readState } = this.#options;
    const [{ openSources }, { readPlainYaml }] = await Promise.all([
      import("../../core/system/discovery.ts"),
      loadAnyYaml(),
    ]);
    return openSources({
      stored: fieldsOf(fieldsOf(readState())["more"])[DISCOVERY],
      parseYaml: (text) => readPlainYaml(text, { file: "the list" }),
      onList: (status) => {
        this.changes++;
        log.write(describeSourceList(status));
        this.#onList();
      },
      onState: (status) => log.write(describeSource(status)),
    });
  }
}
