import type { StoredState } from "../../core/daemon/mod.ts";
import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import { checkOwnJson, readKernelFile, readOwnFile } from "../../core/files/mod.ts";
import { fieldsOf, itemsOf } from "../../core/json/mod.ts";
import { parseIpAddress } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { replaceOwnFile } from "../state/atomic_file.ts";
import type { VipPlace } from "../state/vip_file.ts";

/** A change is written within this time, together with the changes that follow it; milliseconds. */
const GATHER_MS = 1000;

/** An unchanged state is written again after this time, because the next daemon ignores an old one; milliseconds. */
const REFRESH_MS = 30_000;

/** Options of {@linkcode DaemonState}. */
export interface DaemonStateOptions {
  /** The state to write. */
  readonly state: () => StoredState;
  /** Called with the reason if the file cannot be written, once until it can be written again. */
  readonly onProblem: (message: string) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** The file with the daemon's state for the next daemon. */
export class DaemonState implements Disposable {
  readonly #path: string;
  readonly #options: DaemonStateOptions;
  #timer: Disposable;
  #isSoon = false;
  #hasProblem = false;

  /**
   * Writes nothing yet.
   *
   * @param path The file.
   * @param options Everything else.
   */
  constructor(path: string, options: DaemonStateOptions) {
    this.#path = path;
    this.#options = options;
    this.#timer = this.#schedule(REFRESH_MS);
  }

  /** Schedules a write, because the state has changed. */
  changed(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#timer[Symbol.dispose]();
    this.#timer = this.#schedule(GATHER_MS);
  }

  /** Writes the last state. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#write();
  }

  #schedule(delayMs: number): Disposable {
    return this.#options.clock.setTimer(() => {
      this.#isSoon = false;
      this.#write();
      this.#timer = this.#schedule(REFRESH_MS);
    }, delayMs);
  }

  #write(): void {
    const { state, onProblem } = this.#options;
    try {
      checkOwnJson(this.#path);
      replaceOwnFile(this.#path, `${JSON.stringify(state())}\n`);
      this.#hasProblem = false;
    } catch (error) {
      const { message } = asLvsctlError(error, { operation: "write", object: this.#path });
      if (!this.#hasProblem) onProblem(`${message}; a restarted daemon would not know the servers' health`);
      this.#hasProblem = true;
    }
  }
}

/**
 * Reads the state file of an earlier daemon; `undefined` if it does not exist or is not JSON.
 *
 * @param path The file.
 * @param options.onProblem Called with the reason if the file exists and cannot be read.
 */
export function readDaemonState(path: string, options: { readonly onProblem: (message: string) => void }): unknown {
  try {
    checkOwnJson(path);
    return JSON.parse(readOwnFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const { message } = asLvsctlError(error, { operation: "read", object: path });
    options.onProblem(`${message}; the servers' health is unknown until they are checked`);
    return undefined;
  }
}

/** The machine's boot id; "" if the kernel has none. */
export function bootId(): string {
  try {
    return readKernelFile("/proc/sys/kernel/random/boot_id").trim();
  } catch {
    return "";
  }
}

/** Reads the places of VIPs that were stored; ignores unreadable ones. */
export function readVipPlaces(stored: unknown): readonly VipPlace[] {
  return itemsOf(stored).flatMap((item): VipPlace[] => {
    const { address, device } = fieldsOf(item);
    if (typeof address !== "string" || typeof device !== "string") return [];
    try {
      return [{ address: parseIpAddress(address), device }];
    } catch (error) {
      if (error instanceof LvsctlError) return [];
      throw error;
    }
  });
}
