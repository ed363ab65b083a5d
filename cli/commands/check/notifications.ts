import { fieldsOf } from "../../../core/json/mod.ts";
import type { Network } from "../../../core/net/mod.ts";
import { sleep, SYSTEM_CLOCK } from "../../../core/time/mod.ts";
import type { DesiredState, ServiceEvent } from "../../../core/model/mod.ts";
import type { Notifier } from "../../../core/notify/mod.ts";
import { type OpenNotifier, openNotifier } from "../../../core/system/notifier.ts";
import type { Context } from "../../context/context.ts";
import { describeTrouble } from "../../format/events.ts";
import { updateJsonFile } from "../../state/locked_json_file.ts";

/** How long sending may take; a later run sends the rest. Milliseconds. */
const GRACE_MS = 10_000;

/** Options of {@linkcode RunNotifications}. */
export interface RunNotificationsOptions {
  /** The network that notifications are sent through. */
  readonly network: Network;
  /** The content of the state file; its field `notifications` is used here. */
  readonly stored: unknown;
  /** The content of the configuration file. */
  readonly desired: DesiredState;
}

/**
 * The notifications of a single run, while other runs may overlap: each sends its own events, and records them while the
 * state file is locked, so that no event is sent twice.
 */
export class RunNotifications {
  readonly #open: OpenNotifier;
  /** Marks the record that this run stored. */
  readonly #run = crypto.randomUUID();

  /** Continues with the stored record, and sends nothing yet. */
  constructor(context: Context, { network, stored, desired }: RunNotificationsOptions) {
    this.#open = openNotifier(network, {
      onTrouble: (trouble) => context.io.err(`lvsctl: warning: ${describeTrouble(trouble).message}\n`),
      stored: fieldsOf(stored)["notifications"],
    });
    this.#notifier.load(desired);
  }

  /** Takes events; {@linkcode RunNotifications.finish} sends them. */
  add(events: readonly ServiceEvent[]): void {
    for (const event of events) this.#notifier.notify(event);
  }

  /** The record to store before sending: as if all had been sent. */
  get record(): unknown {
    return { ...this.#notifier.toJSON(), pending: {}, run: this.#run };
  }

  /**
   * Sends, and stores what could not be sent.
   *
   * @param path The state file.
   * @throws {LvsctlError} If the file cannot be written.
   */
  async finish(path: string): Promise<void> {
    using _open = this.#open;
    // A timer that is due now sends reminders of lasting events.
    await sleep(0, { clock: SYSTEM_CLOCK, signal: new AbortController().signal });
    await this.#notifier.close({ graceMs: GRACE_MS });
    const ended = this.#notifier.toJSON();
    updateJsonFile(path, (stored) => {
      const notifications = fieldsOf(stored)["notifications"];
      const isOurs = fieldsOf(notifications)["run"] === this.#run;
      // Another run has stored its record in the meantime: this run adds its unsent rest to it.
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
