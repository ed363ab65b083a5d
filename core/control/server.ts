import { asLvsctlError, EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";
import { readLines, writeText } from "./lines.ts";
import { CONTROL_VERSION, type ControlReply, formatLine, MAX_REQUEST_BYTES, parseRequest } from "./protocol.ts";

/** Clients at a time; a status that is watched is one. */
export const MAX_CLIENTS = 32;

/** What a {@linkcode ControlServer} can do, by command. What it gives is a JSON value; what it throws is told. */
export type ControlCommands = Readonly<Record<string, () => unknown>>;

/** What {@linkcode ControlServer.listen} takes beside the path. */
export interface ControlServerOptions {
  /** What can be asked for. */
  readonly commands: ControlCommands;
  /** Is given whatever a command throws that is not an {@linkcode LvsctlError}: a bug, of which the client is told too. */
  readonly onBug: (error: unknown) => void;
}

/**
 * A daemon's socket in the file system, at which it is asked for what it knows. Nobody but its user can connect. A
 * client may ask for one thing after another; what it does ends at its connection.
 */
export class ControlServer implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #path: string;
  readonly #options: ControlServerOptions;
  readonly #clients = new Set<Deno.UnixConn>();
  readonly #tasks = new Set<Promise<void>>();
  /** End the waiting for what is being done for clients. */
  readonly #departures = new Set<() => void>();
  #isOpen = true;

  private constructor(listener: Deno.UnixListener, path: string, options: ControlServerOptions) {
    this.#listener = listener;
    this.#path = path;
    this.#options = options;
    this.#keep(this.#accept());
  }

  /**
   * Begins to listen. A socket that is at the path already is replaced: whose it was is for the caller to know.
   *
   * @param path Of the socket; its directory is made if it is missing.
   * @param options What can be asked for.
   * @throws {LvsctlError} If there cannot be a socket.
   */
  static listen(path: string, options: ControlServerOptions): ControlServer {
    try {
      Deno.mkdirSync(path.slice(0, Math.max(path.lastIndexOf("/"), 1)), { recursive: true, mode: 0o755 });
      removeSocket(path);
      // The mode is that of the file from the first moment on, not from the one after it was there for all.
      const mask = Deno.umask(0o177);
      try {
        return new ControlServer(Deno.listen({ transport: "unix", path }), path, options);
      } finally {
        Deno.umask(mask);
      }
    } catch (error) {
      throw asLvsctlError(error, { operation: "listen at", object: path });
    }
  }

  /** Lets no more clients in, and parts from those that are there; what is being done for one is not waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#listener.close();
    for (const depart of this.#departures) depart();
    for (const client of this.#clients) client.close();
    this.#clients.clear();
    await Promise.all(this.#tasks);
    try {
      removeSocket(this.#path);
    } catch {
      // The next daemon replaces it.
    }
  }

  #keep(task: Promise<void>): void {
    const kept = task.finally(() => this.#tasks.delete(kept));
    this.#tasks.add(kept);
  }

  async #accept(): Promise<void> {
    for (;;) {
      let client: Deno.UnixConn;
      try {
        client = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // No file descriptor is left, or the client has gone again: the next one may be luckier.
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
        continue;
      }
      this.#clients.add(client);
      this.#keep(this.#serve(client));
    }
  }

  async #serve(client: Deno.UnixConn): Promise<void> {
    try {
      if (this.#clients.size > MAX_CLIENTS) {
        return await writeText(client, formatLine(refusal(`there are ${MAX_CLIENTS} clients already`)));
      }
      for await (const line of readLines(client, { maxBytes: MAX_REQUEST_BYTES })) {
        const reply = await this.#answerUnlessEnded(line);
        if (reply === undefined) return;
        await writeText(client, formatLine(reply));
      }
    } catch {
      // It has gone, or is none of ours.
    } finally {
      if (this.#clients.delete(client)) client.close();
    }
  }

  async #answerUnlessEnded(line: string): Promise<ControlReply | undefined> {
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    const depart = (): void => resolve(undefined);
    this.#departures.add(depart);
    try {
      return await Promise.race([this.#answer(line), ended]);
    } finally {
      this.#departures.delete(depart);
    }
  }

  async #answer(line: string): Promise<ControlReply> {
    const { commands, onBug } = this.#options;
    try {
      const { command } = parseRequest(line);
      const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
      if (run === undefined) throw unknownCommand(command, commands);
      return { version: CONTROL_VERSION, ok: true, result: await run() };
    } catch (error) {
      if (error instanceof LvsctlError) return refusal(error.message, error.exitCode);
      onBug(error);
      return refusal(`internal error: ${String(error)}`);
    }
  }
}

/** How long a connection that cannot be taken is waited for; milliseconds. */
const ACCEPT_RETRY_MS = 100;

function refusal(error: string, exitCode: ExitCode = EXIT.refused): ControlReply {
  return { version: CONTROL_VERSION, ok: false, error, exit_code: exitCode };
}

function unknownCommand(command: string, commands: ControlCommands): LvsctlError {
  const known = Object.keys(commands).map((name) => `"${name}"`).join(", ");
  return new LvsctlError(`the daemon does not know ${JSON.stringify(command.slice(0, 50))}, but ${known}`);
}

/** Removes a socket; whatever else is there stays, and is in the way. */
function removeSocket(path: string): void {
  try {
    if (Deno.lstatSync(path).isSocket) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
