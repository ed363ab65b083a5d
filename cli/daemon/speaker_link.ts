import type { StartedProgram } from "../../core/host/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import {
  jsonLine,
  JsonLines,
  type RouterStatus,
  type SpeakerCommand,
  type SpeakerMessage,
} from "../../core/vrrp/mod.ts";

/** Time until a process that does not answer a new daemon is reported, and one that does not leave is stopped; milliseconds. */
const ANSWER_MS = 3000;

/** How long a daemon waits for a process that stands still: that one goes on for 30 s without a daemon. Milliseconds. */
const PATIENCE_MS = 30_000;

/** How long a process of another version may take to give up its addresses; milliseconds. */
const STOP_MS = 3000;

/** Attempts to reach a process that turns a daemon away, and the time between them; milliseconds. */
const ATTEMPTS = 5;
const RETRY_MS = 50;

/** The connection with a process of virtual routers. */
export interface SpeakerLink {
  /** Its messages, until it ends. */
  readonly messages: AsyncIterable<SpeakerMessage>;
  /** Sends a command; one to a process that has ended is lost. */
  send(command: SpeakerCommand): void;
  /** Leaves it to another daemon: its messages end, and this process need not wait for it. */
  leave(): Promise<void>;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Waits for its end, and returns it in words. */
  end(): Promise<string>;
}

/** Starts a process of virtual routers. */
export function startSpeaker({ path, args, env }: StartedProgram): SpeakerLink {
  const streams = { stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
  const child = new Deno.Command(path, { args: [...args], env, clearEnv: true, ...streams }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.getReader();
  return {
    messages: messagesOf(reader),
    send: (command) => void writer.write(jsonLine(command)).catch(() => {}),
    leave: async () => {
      child.unref();
      await writer.close().catch(() => {});
      await reader.cancel().catch(() => {});
    },
    kill: () => killIfAlive(child.pid),
    end: async () => {
      const { code, signal } = await child.status;
      await writer.abort().catch(() => {});
      return signal === null ? `status ${code}` : signal;
    },
  };
}

/** A process of another version, which this daemon replaces. */
export interface FormerSpeaker {
  /** Ends it without giving up its addresses, and returns its routers; none if it cannot do so and gives them up. */
  leave(): Promise<readonly RouterStatus[]>;
  /** Ends it, and lets it give up its addresses; one that does not do so in time is killed. */
  stop(): Promise<void>;
  /** Sends a sign of life, so that it goes on. */
  alive(): void;
  /**
   * Leaves it to another daemon.
   *
   * @param options.forMs How long it goes on without a daemon; milliseconds.
   */
  hold(options: { readonly forMs: number }): Promise<void>;
}

/** The process of a daemon that has ended: one that continues, or one of another version. */
export type Adoption = { readonly link: SpeakerLink } | { readonly former: FormerSpeaker };

/** Options of {@linkcode adoptSpeaker}. */
export interface AdoptionOptions {
  /** The version of this program. */
  readonly version: string;
  /** Receives the message if the process does not answer soon. */
  readonly onWait: (message: string) => void;
  /** The source of time. */
  readonly clock: Clock;
}

/**
 * Reaches the process of a daemon that has ended.
 *
 * @param path Its socket.
 * @returns `undefined` if there is none.
 */
export async function adoptSpeaker(path: string, options: AdoptionOptions): Promise<Adoption | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const connection = await connectIfPossible(path);
    if (connection === undefined) return undefined;
    const adoption = await greeted(connection, options);
    if (adoption !== "busy") return adoption;
    // It has not noticed the end of the former daemon yet, or another program asks whether it is there.
    await new Promise<void>((resolve) => options.clock.setTimer(resolve, RETRY_MS));
  }
  return undefined;
}

/** Whether a process of virtual routers is there. */
export async function hasSpeaker(path: string): Promise<boolean> {
  const connection = await connectIfPossible(path);
  connection?.close();
  return connection !== undefined;
}

async function greeted(
  connection: Deno.Conn,
  { version, onWait, clock }: AdoptionOptions,
): Promise<Adoption | "busy" | undefined> {
  const writer = connection.writable.getWriter();
  const send = (command: SpeakerCommand): void => void writer.write(jsonLine(command)).catch(() => {});
  const reader = connection.readable.getReader();
  const messages = messagesOf(reader);
  let isLate = false;
  using _notice = clock.setTimer(
    () => onWait("the process of the virtual routers does not answer; no other one starts for 30 s"),
    ANSWER_MS,
  );
  using _limit = clock.setTimer(() => {
    isLate = true;
    closeIfOpen(connection);
  }, PATIENCE_MS);
  const hello = await firstOf(messages);
  if (hello?.kind !== "hello") {
    closeIfOpen(connection);
    // One that stands still has no time left: it gives up its addresses when it continues.
    return isLate ? undefined : "busy";
  }
  const leave = async (): Promise<void> => {
    // The commands before it arrive first.
    await writer.close().catch(() => {});
    await reader.cancel().catch(() => {});
    closeIfOpen(connection);
  };
  // While the connection is open, no other process has its number.
  const kill = (): void => killIfAlive(hello.pid);
  if (hello.version === version) {
    const end = (): Promise<string> => Promise.resolve("its connection is closed");
    return { link: { messages, send, leave, kill, end } };
  }
  return { former: new Former({ connection, messages, send, leave, kill, clock }) };
}

/** A process of another version, whose messages are read until it ends. */
class Former implements FormerSpeaker {
  readonly #options: FormerOptions;
  readonly #ended: Promise<void>;
  #routers: readonly RouterStatus[] = [];

  constructor(options: FormerOptions) {
    this.#options = options;
    this.#ended = this.#read();
  }

  async leave(): Promise<readonly RouterStatus[]> {
    const { send, clock } = this.#options;
    let hasLeft = true;
    using _limit = clock.setTimer(() => {
      // It does not know the command.
      hasLeft = false;
      send({ kind: "stop" });
    }, ANSWER_MS);
    using _end = this.#killAfter(ANSWER_MS + STOP_MS);
    send({ kind: "leave" });
    await this.#ended;
    return hasLeft ? this.#routers : [];
  }

  async stop(): Promise<void> {
    using _end = this.#killAfter(STOP_MS);
    this.#options.send({ kind: "stop" });
    await this.#ended;
  }

  alive(): void {
    this.#options.send({ kind: "alive" });
  }

  async hold({ forMs }: { readonly forMs: number }): Promise<void> {
    this.#options.send({ kind: "hold", forMs });
    await this.#options.leave();
    await this.#ended;
  }

  #killAfter(delayMs: number): Disposable {
    const { connection, kill, clock } = this.#options;
    return clock.setTimer(() => {
      kill();
      closeIfOpen(connection);
    }, delayMs);
  }

  async #read(): Promise<void> {
    const { connection, messages } = this.#options;
    for (let message = await firstOf(messages); message !== undefined; message = await firstOf(messages)) {
      if (message.kind === "status") this.#routers = message.routers;
    }
    closeIfOpen(connection);
  }
}

interface FormerOptions extends Pick<SpeakerLink, "send" | "leave" | "kill"> {
  readonly connection: Deno.Conn;
  readonly messages: AsyncGenerator<SpeakerMessage>;
  readonly clock: Clock;
}

async function connectIfPossible(path: string): Promise<Deno.Conn | undefined> {
  try {
    return await Deno.connect({ transport: "unix", path });
  } catch {
    // Usually none has survived.
    return undefined;
  }
}

async function* messagesOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<SpeakerMessage> {
  const lines = new JsonLines<SpeakerMessage>();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield* lines.take(piece.value);
}

/** The next message; undefined at the end, however it came. */
async function firstOf(messages: AsyncGenerator<SpeakerMessage>): Promise<SpeakerMessage | undefined> {
  try {
    const { value, done } = await messages.next();
    return done === true ? undefined : value;
  } catch {
    return undefined;
  }
}

function killIfAlive(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function closeIfOpen(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The other end has closed it.
  }
}
