import { asLvsctlError, LvsctlError } from "../errors/mod.ts";
import { readLines, writeText } from "./lines.ts";
import { CONTROL_VERSION, formatLine, parseReply } from "./protocol.ts";

/** More than the status of 100,000 servers; bytes. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024;

/** A connection to a daemon, by which it is asked for one thing after another. */
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
   * @param path Of its socket.
   * @returns The connection, to be disposed of; undefined if no daemon listens there.
   * @throws {LvsctlError} If it cannot be known, mostly for want of permission.
   */
  static async connect(path: string): Promise<ControlClient | undefined> {
    try {
      return new ControlClient(await Deno.connect({ transport: "unix", path }));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.ConnectionRefused) return undefined;
      const hint = error instanceof Deno.errors.PermissionDenied ? { hint: "be root" } : {};
      throw asLvsctlError(error, { operation: "connect to", object: path, ...hint });
    }
  }

  /**
   * Asks for something, and waits for the answer.
   *
   * @param command What is to be done.
   * @param options.signal Ends the waiting, and the connection.
   * @returns What came of it.
   * @throws {LvsctlError} If the daemon refuses, ends, or does not answer in time; the first with its own words.
   */
  async ask(command: string, options: { readonly signal: AbortSignal }): Promise<unknown> {
    const { signal } = options;
    const operation = { operation: "ask the daemon for", object: `its ${command}` };
    const ended = new LvsctlError("it has ended", { ...operation, retriable: true });
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
      throw new LvsctlError("it did not answer in time", { ...operation, errno: "ETIMEDOUT" });
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

/** Whether who was talked to is there no more: seen when writing as when reading. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset;
}
