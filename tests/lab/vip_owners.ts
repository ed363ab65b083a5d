/**
 * Which directors have an address, read from the kernel without another program: a look takes less than a millisecond.
 *
 * @module
 */
import type { Period } from "./stall_meter.ts";
import { addressBytes, parseIpAddress } from "../../core/model/mod.ts";

/** Time between two looks; milliseconds. */
const LOOK_MS = 20;

/** Whether the network namespace of a process has an address. */
export function hasAddress(pid: number, address: string): boolean {
  if (address.includes(":")) {
    const digits = [...addressBytes(parseIpAddress(address))].map((byte) => byte.toString(16).padStart(2, "0"));
    return new RegExp(`^${digits.join("")} `, "m").test(Deno.readTextFileSync(`/proc/${pid}/net/if_inet6`));
  }
  const local = new RegExp(`-- ${address.replaceAll(".", "\\.")}\n +/32 host LOCAL\n`);
  return local.test(Deno.readTextFileSync(`/proc/${pid}/net/fib_trie`));
}

/** A period in which several processes' network namespaces had an address. */
export interface BothPeriod extends Period {
  /** How long it was; milliseconds. */
  readonly ms: number;
}

/** Looks again and again how many of some processes' network namespaces have an address. */
export class OwnerWatch implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #pids: readonly number[];
  readonly #address: string;
  #longest: BothPeriod = NONE;
  #since: number | undefined;

  /** Starts to look. */
  constructor(pids: readonly number[], address: string) {
    this.#pids = pids;
    this.#address = address;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Forgets what it has seen. */
  begin(): void {
    this.#longest = NONE;
    this.#since = undefined;
  }

  /** The longest time for which several had it, since the last {@linkcode begin}. */
  get both(): BothPeriod {
    return this.#longest;
  }

  /** Stops looking. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const to = performance.timeOrigin + performance.now();
    if (this.#pids.filter((pid) => hasAddress(pid, this.#address)).length < 2) {
      this.#since = undefined;
      return;
    }
    const from = this.#since ??= to;
    if (to - from > this.#longest.ms) this.#longest = { from, to, ms: Math.round(to - from) };
  }
}

const NONE: BothPeriod = { from: 0, to: 0, ms: 0 };
