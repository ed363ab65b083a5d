import {
  ClusterDirector,
  type ClusterStore,
  type DirectorHooks,
  firstVersion,
  formatCopy,
  parseCopy,
  type StoreStatus,
  type Version,
} from "../../core/cluster/mod.ts";
import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readOwnFile } from "../../core/files/mod.ts";
import { visible } from "../../core/model/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { openStore, type StoreConnection } from "../cluster/connection.ts";
import { VERSION } from "../context/version.ts";
import { count } from "../format/count.ts";
import type { StoreOptions } from "../options/store_options.ts";
import { replaceOwnFile } from "../state/atomic_file.ts";
import type { Directories } from "../state/directories.ts";
import type { DaemonLog } from "./log.ts";

/** The largest copy of a version; bytes. */
const MAX_COPY_BYTES = 8 * 1024 * 1024;

/** The longest wait for the store when the file is read again; milliseconds. */
const REFRESH_MS = 8000;

/** The form of the name of a director: it is a part of a key. */
const DIRECTOR_NAME = /^[A-Za-z0-9][\w.-]{0,252}$/;

/** Most problems of a version that the store gets to know. */
const MOST_PROBLEMS = 3;

/** Options of {@linkcode StoredConfig.open}. */
export interface StoredConfigOptions extends StoreOptions {
  /** The address of the store. */
  readonly address: string;
  /** The name of this director. */
  readonly name: string;
  /** The labels that it has outside the file, such as role=edge. */
  readonly labels: readonly string[];
  /** The directories of the copy. */
  readonly directories: Directories | undefined;
  /** The log. */
  readonly log: DaemonLog;
}

/** The store, as the other parts of a director use it. */
export interface DirectorStore {
  /** The client. */
  readonly etcd: ClusterStore["etcd"];
  /** The beginning of all keys, with a `/` at its end. */
  readonly prefix: string;
  /** The name of the director, which no other has. */
  readonly name: string;
}

/** The configuration of a daemon in a store, in place of a file. */
export class StoredConfig implements Disposable {
  readonly #connection: StoreConnection;
  readonly #options: StoredConfigOptions;
  readonly #first: Version;
  readonly #problem: string | undefined;
  #text: string;
  #director: ClusterDirector | undefined;

  private constructor(
    connection: StoreConnection,
    options: StoredConfigOptions,
    first: { readonly version: Version; readonly problem?: string | undefined },
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#first = first.version;
    this.#problem = first.problem;
    this.#text = first.version.text;
  }

  /**
   * Reads the version to start with: the store's, or the copy of the last one.
   *
   * @throws {LvsctlError} If there is neither, or the settings of the store are not valid.
   */
  static async open(options: StoredConfigOptions): Promise<StoredConfig> {
    if (!DIRECTOR_NAME.test(options.name)) {
      throw new LvsctlError(`"${visible(options.name)}" is not the name of a host`, {
        operation: "take part in",
        object: options.address,
        hint: "set LVSCTL_HOST to letters, digits, dots, dashes and underscores",
        exitCode: EXIT.usage,
      });
    }
    const connection = openStore(options.address, { ...options, clock: SYSTEM_CLOCK });
    try {
      const { store, url } = connection;
      const { version, problem } = await firstVersion(store, readCopy(copyPath(options, url.prefix), options, url));
      if (problem !== undefined) {
        const age = `the copy of version ${version.number} is active`;
        options.log.write({ level: "error", event: "store", message: `${problem}; ${age}` });
      }
      return new StoredConfig(connection, options, { version, problem });
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
  }

  /** The store, for what directors share in addition to the configuration. */
  get store(): DirectorStore {
    const { store: { etcd }, url: { prefix } } = this.#connection;
    return { etcd, prefix, name: this.#options.name };
  }

  /** The text of the version that the daemon reads. */
  get text(): string {
    return this.#text;
  }

  /** The state of the configuration. */
  get status(): StoreStatus {
    return this.#director?.status ?? {
      active: this.#first,
      confirmedAt: undefined,
      problem: this.#problem,
      refusal: undefined,
      rollout: undefined,
      endpoints: this.#connection.store.etcd.endpoints,
    };
  }

  /**
   * Follows the store until the signal is aborted.
   *
   * @param parts.reload Reads the text again, and makes it active.
   * @param parts.hooks The daemon.
   */
  async follow(
    parts: {
      readonly reload: () => Promise<void>;
      readonly hooks: Pick<DirectorHooks, "difference" | "trouble" | "belowQuorum" | "health" | "bug">;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { log, name, labels } = this.#options;
    this.#save(this.#first);
    this.#director = new ClusterDirector({
      store: this.#connection.store,
      clock: SYSTEM_CLOCK,
      timeOfDay: Date.now,
      random: Math.random,
      name,
      labels,
      instance: crypto.randomUUID(),
      program: VERSION,
      active: this.#first,
      problem: this.#problem,
      hooks: {
        ...parts.hooks,
        apply: async ({ text }) => {
          const before = this.#text;
          this.#text = text;
          try {
            await parts.reload();
          } catch (error) {
            this.#text = before;
            throw error instanceof LvsctlError
              ? new LvsctlError(firstProblems(error), { exitCode: error.exitCode })
              : error;
          }
        },
        save: (version) => this.#save(version),
        log: (level, message) => log.write({ level, event: "store", message }),
      },
    });
    await this.#director.run(parts.signal);
  }

  /**
   * Reads the store again.
   *
   * @throws {LvsctlError} If it does not answer, or has a version that is not valid here.
   */
  async refresh(): Promise<void> {
    await this.#director?.refresh(AbortSignal.timeout(REFRESH_MS));
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /** Writes the copy for a start without the store; it holds what the store holds, so only root can read it. */
  #save(version: Version): void {
    const { url } = this.#connection;
    const path = copyPath(this.#options, url.prefix);
    if (path === undefined) return;
    try {
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o755 });
      replaceOwnFile(path, formatCopy(version, url));
    } catch (error) {
      const { message } = asLvsctlError(error, { operation: "write", object: path });
      this.#options.log.warn(`${message}; a start without the store would have no configuration`);
    }
  }
}

/** The first problems of a version, without the line about the previous one, which is of the daemon's log. */
function firstProblems({ message }: LvsctlError): string {
  const problems = message.split("\n").slice(0, -1);
  const left = problems.length - MOST_PROBLEMS;
  return problems.slice(0, MOST_PROBLEMS).join("; ") + (left > 0 ? `; and ${count(left, "more problem")}` : "");
}

/** The path of the copy: one for each director and prefix. */
function copyPath({ directories, name }: StoredConfigOptions, prefix: string): string | undefined {
  if (directories === undefined) return undefined;
  const words = `${name}${prefix.slice(0, -1)}`.replace(/[^\w.-]/g, "_").slice(0, 200);
  return `${directories.state}/config-${words}.json`;
}

function readCopy(
  path: string | undefined,
  { log }: StoredConfigOptions,
  store: { readonly prefix: string },
): Version | undefined {
  if (path === undefined) return undefined;
  try {
    const copy = parseCopy(readOwnFile(path, { maxBytes: MAX_COPY_BYTES }), store);
    if (copy === undefined) log.warn(`${path} is damaged, or of another store; it is not used`);
    return copy;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    log.warn(asLvsctlError(error, { operation: "read", object: path }).message);
    return undefined;
  }
}
