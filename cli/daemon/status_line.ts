import type { HealthSummary } from "../../core/daemon/mod.ts";
import type { Clock } from "../../core/time/mod.ts";

/** Changes within this time make one report, because many servers may fail together; milliseconds. */
const GATHER_MS = 1000;

/** The most services that the line names. */
const MAX_NAMED = 3;

/** Options of {@linkcode StatusLine}. */
export interface StatusLineOptions {
  /** The line at this moment. */
  readonly line: () => string;
  /** Receives the line. */
  readonly send: (line: string) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** The line that a service manager shows for the daemon, sent soon after each change of health. */
export class StatusLine implements Disposable {
  readonly #options: StatusLineOptions;
  #timer: Disposable | undefined;
  #last = "";

  /** Sends nothing yet. */
  constructor(options: StatusLineOptions) {
    this.#options = options;
  }

  /** Schedules a report, because health may have changed. */
  changed(): void {
    const { clock, line, send } = this.#options;
    this.#timer ??= clock.setTimer(() => {
      this.#timer = undefined;
      const text = line();
      if (text === this.#last) return;
      this.#last = text;
      send(text);
    }, GATHER_MS);
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}

/**
 * The health of all services as one line: "3 of 5 servers healthy; web below quorum".
 *
 * @param options.isBlind Whether only this director cannot reach the servers.
 */
export function formatHealthLine(
  { checked, healthy, belowQuorum }: HealthSummary,
  { isBlind = false }: { readonly isBlind?: boolean } = {},
): string {
  const numbers = checked === 0 ? "no server has a check" : `${healthy} of ${checked} servers healthy`;
  const servers = isBlind ? `${numbers}; only this director cannot reach them` : numbers;
  if (belowQuorum.length === 0) return servers;
  const more = belowQuorum.length > MAX_NAMED ? ` and ${belowQuorum.length - MAX_NAMED} more` : "";
  return `${servers}; ${belowQuorum.slice(0, MAX_NAMED).join(", ")}${more} below quorum`;
}
