import type { VrrpEventKind, VrrpNotification } from "../model/mod.ts";
import {
  type CommandEnd,
  type CommandOptions,
  describeEnd,
  environmentOf,
  fillIn,
  type Placeholders,
} from "../process/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { StateChange } from "./instance_states.ts";

/** The most commands that wait for those before them; the oldest are dropped. */
const MOST_WAITING = 100;

/** Dependencies of {@linkcode StateNotifications}. */
export interface StateNotificationsOptions {
  /** Runs a program. */
  readonly run: (words: readonly string[], options: CommandOptions) => Promise<CommandEnd>;
  /** The notifications of an instance or a group. */
  readonly notificationsOf: (subject: Pick<StateChange, "subject" | "name">) => readonly VrrpNotification[];
  /** Receives each failure, for the log. */
  readonly onTrouble: (message: string) => void;
  /** The source of time. */
  readonly clock: Clock;
  /** The time of day; milliseconds since 1970. */
  readonly timeOfDay: () => number;
}

/** A command that waits. */
interface Waiting {
  readonly notification: VrrpNotification;
  readonly values: Placeholders;
}

/** Runs the commands of state changes: those of one instance or group in order, and one at a time. */
export class StateNotifications {
  readonly #options: StateNotificationsOptions;
  readonly #queues = new Map<string, { readonly waiting: Waiting[]; readonly ended: Promise<void> }>();
  readonly #end = new AbortController();

  /** Runs nothing yet. */
  constructor(options: StateNotificationsOptions) {
    this.#options = options;
  }

  /** Queues the commands for a change, and returns at once. */
  notify(change: StateChange): void {
    const event = eventOf(change);
    const values = this.#valuesOf(change, event);
    const waiting = this.#options.notificationsOf(change)
      .filter(({ on }) => on.includes(event))
      .map((notification): Waiting => ({ notification, values }));
    if (waiting.length === 0 || this.#end.signal.aborted) return;
    const key = `${change.subject} ${change.name}`;
    const running = this.#queues.get(key);
    if (running === undefined) this.#queues.set(key, { waiting, ended: this.#work(key, waiting) });
    else running.waiting.push(...waiting);
    const queue = this.#queues.get(key)?.waiting ?? [];
    const excess = queue.length - MOST_WAITING;
    if (excess <= 0) return;
    queue.splice(0, excess);
    this.#options.onTrouble(`more than ${MOST_WAITING} commands of ${key} wait; the oldest are dropped`);
  }

  /**
   * Waits for all commands.
   *
   * @param options.graceMs The longest wait; then running commands are killed. Milliseconds.
   */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    using _limit = this.#options.clock.setTimer(() => this.#end.abort(), graceMs);
    while (this.#queues.size > 0) await Promise.all([...this.#queues.values()].map(({ ended }) => ended));
    this.#end.abort();
  }

  async #work(key: string, waiting: Waiting[]): Promise<void> {
    // The queue is registered first.
    await Promise.resolve();
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const trouble = this.#end.signal.aborted ? "the daemon ends" : await this.#run(next);
      if (trouble !== undefined) this.#options.onTrouble(`exec ${next.notification.command[0]} of ${key}: ${trouble}`);
    }
    this.#queues.delete(key);
  }

  /** Runs a command, and returns why it failed. */
  async #run({ notification: { command, timeoutMs }, values }: Waiting): Promise<string | undefined> {
    const { run, clock } = this.#options;
    const limit = new AbortController();
    using _timer = clock.setTimer(() => limit.abort(), timeoutMs);
    const signal = AbortSignal.any([limit.signal, this.#end.signal]);
    const words = command.map((word) => fillIn(word, values));
    const end = await run(words, { environment: environmentOf(values), signal, clock });
    if (end.kind === "not started") return end.reason;
    if (signal.aborted) return limit.signal.aborted ? `no end within ${timeoutMs} ms` : "the daemon ends";
    return end.status.success ? undefined : describeEnd(end);
  }

  #valuesOf({ subject, name, router }: StateChange, event: VrrpEventKind): Placeholders {
    return {
      event,
      state: event,
      subject,
      name,
      priority: String(router.priority),
      reason: router.reason,
      device: router.device,
      vrid: String(router.vrid),
      time: new Date(this.#options.timeOfDay()).toISOString(),
    };
  }
}

/** An instance that does not take part has been stopped. */
function eventOf({ state }: StateChange): VrrpEventKind {
  return state === "init" ? "stop" : state;
}
