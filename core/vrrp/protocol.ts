import type { TrackState } from "./effective_priority.ts";
import type { SpeakerSettings } from "./speaker.ts";
import type { Discards, RouterEvent, RouterStatus } from "./status.ts";

/** What the daemon sends to the speaker's process: a line of JSON each. */
export type SpeakerCommand =
  /** Run these routers from now on; those that another process has left as active continue. */
  | { readonly kind: "configure"; readonly settings: SpeakerSettings; readonly continued?: readonly RouterStatus[] }
  /** States of tracked things, by label. */
  | { readonly kind: "track"; readonly states: Readonly<Record<string, TrackState>> }
  /** Give up the addresses of an instance, or take part again. */
  | { readonly kind: "release"; readonly name: string; readonly isReleased: boolean }
  /** The daemon ends, and another one follows: go on without a daemon for this time. Milliseconds. */
  | { readonly kind: "hold"; readonly forMs: number }
  /** The daemon's loop works. */
  | { readonly kind: "alive" }
  /** End, and leave all addresses to another process, which continues at once. */
  | { readonly kind: "leave" }
  /** End, and give up all addresses. */
  | { readonly kind: "stop" };

/** What the speaker's process sends to the daemon: a line of JSON each. */
export type SpeakerMessage =
  /** The first message to each daemon: a process of another version is replaced. */
  | { readonly kind: "hello"; readonly version: string; readonly pid: number }
  /** The state of all routers. */
  | {
    readonly kind: "status";
    readonly routers: readonly RouterStatus[];
    readonly discarded: Discards;
  }
  /** Something to report. */
  | { readonly kind: "event"; readonly event: RouterEvent };

/**
 * Longest line; a longer one ends the process, because the other one is not this program. The status of a thousand
 * routers is shorter, whatever they hear.
 */
const LONGEST_LINE = 32 * 1024 * 1024;

/** Lines of JSON in bytes that arrive in pieces. Both ends are this program, so the values are not checked. */
export class JsonLines<Message> {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /**
   * Takes bytes, and returns the messages that are complete.
   *
   * @throws {RangeError} If a line is too long.
   * @throws {SyntaxError} If a line is not JSON.
   */
  take(bytes: Uint8Array): readonly Message[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LONGEST_LINE) throw new RangeError(`A line has more than ${LONGEST_LINE} characters`);
    return lines.filter((line) => line !== "").map((line): Message => JSON.parse(line));
  }
}

/** A message as a line of JSON. */
export function jsonLine(message: SpeakerCommand | SpeakerMessage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(message)}\n`);
}
