import { asLvsctlError, LvsctlError } from "../errors/mod.ts";
import { readLines, writeText } from "./lines.ts";
import { CONTROL_VERSION, formatLine, parseReply } from "./protocol.ts";

/** Longest reply, larger than the status of 100,000 servers; bytes. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024;

/** A connection to a daemon for requests, one after another. */
export class ControlClient implements Disposable {
  readonly #connection: Deno.UnixConn;
  readonly #lines: AsyncGenerator<string, void, undefined>;
  #isOpen = true;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
    this.#lines = readLines(connection, { maxBytes: MAX_REPLY_BYTES });
  }

  /**
   * Connects to a daemon.
   *
   * @param path Path of its socket.
   * @returns The connection, which the caller disposes of; undefined if no daemon listens there.
   * @throws {LvsctlError} If the connection fails, mostly without permission.
   */
  static async connect(path: string): Promise<ControlClient | undefined> {
    try {
      return new ControlClient(await Deno.connect({ transport: "unix", path }));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.ConnectionRefused) return undefined;
      const hint = error instanceof Deno.errors.PermissionDenied ? "run as root" : undefined;
      throw asLvsctlError(error, { operation: "connect to", object: path, hint });
    }
  }

  /**
   * Sends a request, and waits for the reply.
   *
   * @param command Command for the daemon.
   * @param options.signal Ends the request and the connection.
   * @returns The result of the command.
   * @throws {LvsctlError} If the daemon refuses (with its own message), ends, or does not answer in time.
   */
  async request(command: string, options: { readonly signal: AbortSignal }): Promise<unknown> {
    const { signal } = options;
    const operation = { operation: "request", object: `${command} from the daemon` };
    const ended = new LvsctlError("the daemon has ended", { ...operation, retriable: true });
    const close = (): void => this[Symbol.dispose]();
    signal.addEventListener("abort", close, { once: true });
    try {
      signal.throwIfAborted();
      await writeText(this.#connection, formatLine({ version: CONTROL_VERSION, command }));
      const { value, done } = await this.#lines.next();
      if (done) throw ended;
      const reply = parseReply(value);
      if (!reply.ok) throw new LvsctlError(reply.error, { exitCode: reply.exit_code });
      return reply.result;
    } catch (error) {
      if (!signal.aborted) throw asLvsctlError(isGone(error) ? ended : error, operation);
      throw new LvsctlError("the daemon did not answer in time", { ...operation, errno: "ETIMEDOUT" });
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#connection.close();
  }
}

/** Whether the daemon has closed the connection, which both reading and writing can report. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset;
}
