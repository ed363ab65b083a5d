import type { Rollout } from "../../core/cluster/mod.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { StoreOptions } from "../options/store_options.ts";
import { openStore } from "./connection.ts";

/** The text of a version, for a command that reads it in place of a file. */
export interface StoredText {
  /** The number of the version. */
  readonly number: number;
  /** The text. */
  readonly text: string;
  /** What its reader has to know; undefined if all directors have the version. */
  readonly note?: string | undefined;
}

/** Options of {@linkcode readStoredText}. */
export interface StoredTextOptions extends StoreOptions {
  /** The number of the version; undefined for the last one. */
  readonly version?: number | undefined;
  /**
   * Whether the reader changes the table, now or by a saved plan: then a version that not all directors have must be named.
   *
   * @default {false}
   */
  readonly changes?: boolean | undefined;
}

/**
 * Reads a version of a store.
 *
 * @throws {LvsctlError} If there is none, or if the reader must name it.
 * @throws {EtcdError} If the store does not answer.
 */
export async function readStoredText(
  address: string,
  { version, changes = false, ...options }: StoredTextOptions,
): Promise<StoredText> {
  using connection = openStore(address, { ...options, clock: SYSTEM_CLOCK });
  const { store } = connection;
  const { rollout } = await store.rollout();
  const number = version ?? rollout?.number;
  if (number === undefined) {
    throw new LvsctlError("the store has no configuration", {
      operation: "read",
      object: store.address,
      hint: 'store one with "lvsctl cluster push FILE"',
      exitCode: EXIT.refused,
    });
  }
  const note = rollout === undefined ? undefined : noteOf(rollout, number);
  if (changes && version === undefined && note !== undefined) {
    throw new LvsctlError(note, {
      operation: "apply",
      object: store.address,
      hint: 'wait for its end ("lvsctl cluster status"), or name a version with --store-version',
      exitCode: EXIT.refused,
    });
  }
  // Daemons refuse another text than the one that the roll-out names.
  const { text } = await store.version(number, { digest: number === rollout?.number ? rollout.digest : undefined });
  return { number, text, note };
}

function noteOf({ number: last, state, reason = "no reason given" }: Rollout, number: number): string | undefined {
  if (number !== last) return `version ${number} is not the last one: that is version ${last}`;
  if (state === "running") return `the roll-out of version ${last} is running`;
  return state === "halted" ? `the roll-out of version ${last} has halted: ${reason}` : undefined;
}
