import { fieldsOf } from "../../../core/json/mod.ts";
import type { Network } from "../../../core/net/mod.ts";
import { sleep, SYSTEM_CLOCK } from "../../../core/time/mod.ts";
import type { DesiredState, ServiceEvent } from "../../../core/model/mod.ts";
import type { Notifier } from "../../../core/notify/mod.ts";
import { type OpenNotifier, openNotifier } from "../../../core/system/notifier.ts";
import type { Context } from "../../context/context.ts";
import { describeTrouble } from "../../format/events.ts";
import { updateJsonFile } from "../../state/locked_json_file.ts";

/** How long telling people may take; what could not be told is told by a later run. */
const GRACE_MS = 10_000;

/** What {@linkcode Notifying} takes beside the context. */
export interface NotifyingOptions {
  /** The network that people are told by. */
  readonly network: Network;
  /** What is stored of all runs: of its fields, `notifications` is this one's. */
  readonly stored: unknown;
  /** What the file declares. */
  readonly desired: DesiredState;
}

/**
 * Message people in a single run, where others may run at the same time: each tells what it found itself, and what was
 * told is decided while the state file is locked, so that nothing is told twice.
 */
export class Notifying {
  readonly #open: OpenNotifier;
  /** By which this run knows what it stored itself. */
  readonly #run = crypto.randomUUID();

  /** Goes on with what is stored, and tells nothing yet. */
  constructor(context: Context, { network, stored, desired }: NotifyingOptions) {
    this.#open = openNotifier(network, {
      onTrouble: (trouble) => context.io.err(`lvsctl: warning: ${describeTrouble(trouble).message}\n`),
      stored: fieldsOf(stored)["notifications"],
    });
    this.#notifier.load(desired.services);
  }

  /** Takes what has happened; it is told by {@linkcode Notifying.finish}. */
  tell(events: readonly ServiceEvent[]): void {
    for (const event of events) this.#notifier.notify(event);
  }

  /** What is to be stored while people are being told: that they have been. */
  get begun(): unknown {
    return { ...this.#notifier.toJSON(), pending: {}, run: this.#run };
  }

  /**
   * Tells, and stores what could not be told.
   *
   * @param path The state file.
   * @throws {LvsctlError} If that cannot be written.
   */
  async finish(path: string): Promise<void> {
    using _open = this.#open;
    // What lasts is told again on a timer that is due now.
    await sleep(0, { clock: SYSTEM_CLOCK, signal: new AbortController().signal });
    await this.#notifier.close({ graceMs: GRACE_MS });
    const ended = this.#notifier.toJSON();
    updateJsonFile(path, (stored) => {
      const notifications = fieldsOf(stored)["notifications"];
      const isOurs = fieldsOf(notifications)["run"] === this.#run;
      // Another run has gone on meanwhile: what is left over here is added to what it left.
      const merged = isOurs
        ? ended
        : { ...fieldsOf(notifications), pending: { ...ended.pending, ...pendingOf(notifications) } };
      return { result: undefined, state: { ...fieldsOf(stored), notifications: merged } };
    });
  }

  get #notifier(): Notifier {
    return this.#open.notifier;
  }
}

function pendingOf(notifications: unknown): Readonly<Record<string, unknown>> {
  return fieldsOf(fieldsOf(notifications)["pending"]);
}
