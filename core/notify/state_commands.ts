import type { ExecNotification, VrrpEventKind, VrrpStateEvent } from "../model/mod.ts";
import type { Sender, SenderContext } from "./delivery.ts";
import { describeDestination } from "./destination.ts";
import { type Message, messagesOf } from "./message.ts";
import type { NotificationTrouble } from "./outbox.ts";

/** The most commands that wait for those before them; the oldest are dropped. */
const MOST_WAITING = 100;

/** Dependencies of {@linkcode StateCommands}. */
export interface StateCommandsOptions {
  /** Runs the command of a message. */
  readonly send: Sender;
  /** Dependencies of the sender. */
  readonly context: SenderContext;
  /** Receives each failure, for the log. */
  readonly onTrouble: (trouble: NotificationTrouble) => void;
}

/** A command that waits. */
interface Waiting {
  readonly notification: ExecNotification<VrrpEventKind>;
  readonly message: Message;
}

/**
 * Runs the commands of state changes: all those of one instance or group in order, and one at a time. A command that
 * takes an address from a cloud must end before the one that gives it back, although they are two notifications.
 */
export class StateCommands {
  readonly #options: StateCommandsOptions;
  readonly #queues = new Map<string, { readonly waiting: Waiting[]; readonly ended: Promise<void> }>();
  readonly #end = new AbortController();

  /** Runs nothing yet. */
  constructor(options: StateCommandsOptions) {
    this.#options = options;
  }

  /** Queues the command of a notification for an event, and returns at once. */
  add(event: VrrpStateEvent, notification: ExecNotification<VrrpEventKind>): void {
    if (this.#end.signal.aborted) return;
    const waiting = messagesOf([{ event, isRepeated: false }]).map((message): Waiting => ({ notification, message }));
    const key = `${event.subject} ${event.name}`;
    const running = this.#queues.get(key);
    if (running === undefined) this.#queues.set(key, { waiting, ended: this.#work(key, waiting) });
    else running.waiting.push(...waiting);
    const queue = this.#queues.get(key)?.waiting ?? [];
    const excess = queue.length - MOST_WAITING;
    if (excess <= 0) return;
    queue.splice(0, excess);
    this.#report(notification, {
      events: excess,
      reason: `more than ${MOST_WAITING} commands of ${key} wait; the oldest are dropped`,
    });
  }

  /** Waits until no command runs or waits. */
  async idle(): Promise<void> {
    while (this.#queues.size > 0) await Promise.all([...this.#queues.values()].map(({ ended }) => ended));
  }

  /** Waits for all commands; those that still run when the signal is aborted are killed, and no others start. */
  async close(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#end.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await this.idle();
    signal.removeEventListener("abort", stop);
    this.#end.abort();
  }

  async #work(key: string, waiting: Waiting[]): Promise<void> {
    // The queue is registered first.
    await Promise.resolve();
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const reason = this.#end.signal.aborted ? "the daemon ends" : await this.#run(next);
      if (reason !== undefined) this.#report(next.notification, { events: 1, reason: `${key}: ${reason}` });
    }
    this.#queues.delete(key);
  }

  /** Runs a command, and returns why it failed. */
  async #run({ notification, message }: Waiting): Promise<string | undefined> {
    const { send, context } = this.#options;
    try {
      const dispatch = { notification, messages: [message], dropped: 0 };
      const delivery = await send(dispatch, context, { signal: this.#end.signal });
      return delivery.ok ? undefined : delivery.reason;
    } catch (error) {
      // A bug in a sender must not stop the commands after it.
      return `internal error: ${error instanceof Error ? error.message : error}`;
    }
  }

  #report(notification: Waiting["notification"], trouble: Omit<NotificationTrouble, "destination">): void {
    this.#options.onTrouble({ destination: describeDestination(notification), ...trouble });
  }
}
