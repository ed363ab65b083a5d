import type { DiscoveredServer, IpAddress } from "../model/mod.ts";
import type { Network } from "../net/mod.ts";
import type { Clock } from "../time/mod.ts";

/** A complete list of a source. */
export interface Reading {
  /** All servers. */
  readonly servers: readonly DiscoveredServer[];
  /** The time until the source should be read again; milliseconds. */
  readonly againMs: number;
}

/**
 * Reads a source. One that can wait for a change has its state: the first reading comes at once, a later one when the
 * list changes or after some time.
 */
export interface SourceReader {
  /**
   * Reads the whole list, never a part of one.
   *
   * @throws {Error} If the source cannot be read; the reader then begins anew.
   */
  read(signal: AbortSignal): Promise<Reading>;
}

/** The parts of the system that sources need. */
export interface SourceTools {
  /** Connections, datagrams and TLS. */
  readonly network: Network;
  /** The source of time. */
  readonly clock: Clock;
  /** The system's lookup of host names; never throws. */
  findHost(name: string): Promise<{ readonly addresses: readonly IpAddress[] } | { readonly failure: string }>;
  /**
   * The text of a regular file.
   *
   * @throws {Error} If it cannot be read, or is not UTF-8.
   */
  readFile(path: string): string;
  /** Waits for a change in the directory of a file; undefined for a source that is read once. */
  readonly watchFile?: ((path: string) => Disposable & { readonly changed: Promise<void> }) | undefined;
  /**
   * The value of a YAML or JSON text.
   *
   * @throws {Error} If the text is not valid.
   */
  parseYaml(text: string): Promise<unknown>;
}

/** Most servers in a list. */
export const MAX_SERVERS = 10_000;

/** Most bytes of an answer. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
