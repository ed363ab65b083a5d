/**
 * Real traffic inside the lab's guest: {@linkcode ask} asks and waits, {@linkcode startTraffic} asks while the test
 * does something else.
 *
 * @module
 */
import { BackgroundProcess } from "./background_process.ts";
import { type Answers, type Requests, STARTED } from "./client.ts";

/** Who is asked. */
export interface Target {
  /** An IP address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /**
   * HTTP over TCP, or a datagram.
   *
   * @default {"tcp"}
   */
  readonly protocol?: "tcp" | "udp";
}

/** How a target is asked. */
export interface TrafficOptions {
  /**
   * How many requests, each on a connection of its own.
   *
   * @default {30}
   */
  readonly count?: number;
  /** So many start in a second, however long each takes. Without, each waits for the one before. */
  readonly perSecond?: number;
  /**
   * When a request counts as failed.
   *
   * @default {2000}
   */
  readonly timeoutMs?: number;
}

/** Traffic that is flowing. */
export class Traffic implements AsyncDisposable {
  readonly #client: BackgroundProcess;

  /**
   * As {@linkcode startTraffic} does it.
   *
   * @param client the running client
   */
  constructor(client: BackgroundProcess) {
    this.#client = client;
  }

  /**
   * Waits for the last answer.
   *
   * @returns who answered
   */
  async answers(): Promise<Answers> {
    const code = await this.#client.finished();
    if (code !== 0) throw new Error(`the lab's client ended with ${code}: ${this.#client.stderr}`);
    return JSON.parse(this.#client.stdout.slice(STARTED.length));
  }

  /**
   * Lets no further request start, and waits for the last answer.
   *
   * @returns who answered
   */
  async ended(): Promise<Answers> {
    this.#client.signal("SIGTERM");
    return await this.answers();
  }

  /** Stops it, if it still flows. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.stop();
  }
}

/**
 * Makes requests from a namespace.
 *
 * @param namespace where the client is
 * @param target who is asked
 * @param options how often
 * @returns the traffic, once its first request has been answered or has failed
 */
export async function startTraffic(
  namespace: string,
  target: Target,
  options: TrafficOptions = {},
): Promise<Traffic> {
  const requests: Requests = { protocol: "tcp", count: 30, timeoutMs: 2000, ...target, ...options };
  const client = BackgroundProcess.start(["ip", "netns", "exec", namespace, ...denoProgram("client.ts", requests)]);
  const traffic = new Traffic(client);
  try {
    // More than the first request may take, and the start of Deno.
    await client.untilOutput(new RegExp(`^${STARTED}`), { timeLimitSeconds: 10 + requests.timeoutMs / 1000 });
  } catch (error) {
    await client.stop();
    throw error;
  }
  return traffic;
}

/**
 * Makes requests from a namespace and waits for the answers.
 *
 * @param namespace where the client is
 * @param target who is asked
 * @param options how often
 * @returns who answered
 */
export async function ask(namespace: string, target: Target, options: TrafficOptions = {}): Promise<Answers> {
  await using traffic = await startTraffic(namespace, target, options);
  return await traffic.answers();
}

/**
 * The command line of one of the lab's own programs.
 *
 * @param file beside this one
 * @param argument what it gets as JSON
 * @returns a program and its arguments
 */
export function denoProgram(file: string, argument: unknown): readonly string[] {
  const flags = ["--allow-all", "--unstable-net", "--no-config", "--no-lock"];
  return [Deno.execPath(), "run", ...flags, `${import.meta.dirname}/${file}`, JSON.stringify(argument)];
}
