import type { Clock } from "../../core/time/mod.ts";
import type { SpeakerCommand, SpeakerMessage } from "../../core/vrrp/mod.ts";
import { type AdoptionOptions, adoptSpeaker, type SpeakerLink } from "./speaker_link.ts";

/** How long a process may take to start: some seconds on a machine that unpacks a package; milliseconds. */
const READY_MS = 10_000;

/** How long the process may take to give up its addresses; milliseconds. */
const STOP_MS = 3000;

/** Listeners of a {@linkcode SpeakerProcess}. */
export interface SpeakerProcessOptions {
  /** Receives each message. */
  readonly onMessage: (message: SpeakerMessage) => void;
  /** Called at the end, with the reason in words. */
  readonly onEnd: (reason: string) => void;
}

/** One run of the process of the virtual routers. */
export class SpeakerProcess {
  readonly #link: SpeakerLink;
  readonly #ended: Promise<void>;
  readonly #ready = Promise.withResolvers<boolean>();
  #endReason: string | undefined;

  /** Follows a connection from now on. */
  constructor(link: SpeakerLink, options: SpeakerProcessOptions) {
    this.#link = link;
    const onMessage = (message: SpeakerMessage): void => {
      this.#ready.resolve(true);
      options.onMessage(message);
    };
    this.#ended = this.#follow(onMessage).catch((error: unknown) => {
      // A message is not valid: the addresses are removed, and another process starts.
      link.kill();
      return error instanceof Error ? error.message : String(error);
    }).then((reason) => {
      this.#endReason = reason;
      this.#ready.resolve(false);
      options.onEnd(reason);
    });
  }

  /** Why it has ended, in words; undefined while it runs. */
  get endReason(): string | undefined {
    return this.#endReason;
  }

  /** Waits for its first message; false if it ends before, or sends none in time. */
  async isReady(clock: Clock): Promise<boolean> {
    using _limit = clock.setTimer(() => this.#ready.resolve(false), READY_MS);
    return await this.#ready.promise;
  }

  /** Sends a command; one to a process that has ended is lost, and the next process is configured anew. */
  send(command: SpeakerCommand): void {
    this.#link.send(command);
  }

  /** Leaves it to another daemon. */
  async leave(): Promise<void> {
    await this.#link.leave();
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#link.kill();
  }

  /** As {@linkcode SpeakerProcess.kill}, and waits for the end. */
  async destroy(): Promise<void> {
    this.kill();
    await this.#ended;
  }

  /** Ends it, and waits for that. */
  async stop(clock: Clock): Promise<void> {
    this.send({ kind: "stop" });
    using _limit = clock.setTimer(() => this.kill(), STOP_MS);
    await this.#ended;
  }

  async #follow(onMessage: (message: SpeakerMessage) => void): Promise<string> {
    for await (const message of this.#link.messages) onMessage(message);
    return await this.#link.end();
  }
}

/**
 * Ends the process of a daemon that has ended, which gives up its addresses.
 *
 * @param path Its socket.
 * @returns Whether there was one.
 */
export async function stopSpeaker(path: string, options: AdoptionOptions): Promise<boolean> {
  const adoption = await adoptSpeaker(path, options);
  if (adoption === undefined) return false;
  if ("former" in adoption) await adoption.former.stop();
  else await new SpeakerProcess(adoption.link, { onMessage: () => {}, onEnd: () => {} }).stop(options.clock);
  return true;
}
