import { asLvsctlError, EXIT, type ExitCode, LvsctlError } from "../errors/mod.ts";
import type { Clock } from "../time/mod.ts";
import { type Client, Clients } from "./clients.ts";
import { readLines, writeText } from "./lines.ts";
import { listenAtPath, removeSocket } from "./socket_path.ts";
import { CONTROL_VERSION, type ControlReply, formatLine, MAX_REQUEST_BYTES, parseRequest } from "./protocol.ts";

/** Largest number of simultaneous clients; each watched status is one. */
export const MAX_CLIENTS = 32;

/**
 * Functions of a {@linkcode ControlServer}, by command. The client receives the result, a JSON value, or the error. The
 * argument is what follows the command's first blank.
 */
export type ControlCommands = Readonly<Record<string, (argument: string) => unknown>>;

/** Options of {@linkcode ControlServer.listen}. */
export interface ControlServerOptions {
  /** The commands. */
  readonly commands: ControlCommands;
  /** Called with an error that is not an {@linkcode LvsctlError}: a bug, which is reported to the client too. */
  readonly onBug: (error: unknown) => void;
  /** The id of a group whose users can connect too; undefined for none. */
  readonly group?: number | undefined;
  /**
   * The time.
   *
   * @default {the machine's clock}
   */
  readonly clock?: Clock;
}

/** Times after which an idle connection is closed: `status --watch` has one that is idle between two looks. */
export const IDLE_TIMEOUTS = { firstRequestMs: 60_000, nextRequestMs: 24 * 60 * 60_000 } as const;

/**
 * A daemon's socket in the file system. Only the daemon's own user can connect, and the users of a group if there is one.
 * A client can send several requests; a failure of its connection affects no other client.
 */
export class ControlServer implements AsyncDisposable {
  readonly #path: string;
  readonly #options: ControlServerOptions;
  readonly #clients: Clients<Deno.UnixConn>;
  /** Functions that end the waiting for running commands of clients. */
  readonly #cancellations = new Set<() => void>();
  #hasEnded = false;

  private constructor(listener: Deno.UnixListener, path: string, options: ControlServerOptions) {
    this.#path = path;
    this.#options = options;
    const { clock } = options;
    this.#clients = new Clients(listener, { most: MAX_CLIENTS, serve: (client) => this.#serve(client), clock });
  }

  /**
   * Starts listening. An existing socket at the path is replaced: the caller makes sure that no other daemon uses it.
   *
   * @param path Path of the socket; a missing directory is created.
   * @param options The commands.
   * @throws {LvsctlError} If the socket cannot be created.
   */
  static listen(path: string, options: ControlServerOptions): ControlServer {
    try {
      const listener = listenAtPath(path, { group: options.group });
      return new ControlServer(listener, path, options);
    } catch (error) {
      throw asLvsctlError(error, { operation: "listen at", object: path });
    }
  }

  /** Closes the socket and the connections of all clients, without waiting for running commands. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const cancel of this.#cancellations) cancel();
    await this.#clients[Symbol.asyncDispose]();
    try {
      removeSocket(this.#path);
    } catch {
      // The next daemon replaces the socket.
    }
  }

  async #serve(client: Client<Deno.UnixConn>): Promise<void> {
    const { connection } = client;
    this.#becomeIdle(client, IDLE_TIMEOUTS.firstRequestMs);
    if (this.#clients.isOverfull) {
      return await writeText(
        connection,
        formatLine(refusal(`the daemon has ${MAX_CLIENTS} clients, the largest number`)),
      );
    }
    for await (const line of readLines(connection, { maxBytes: MAX_REQUEST_BYTES })) {
      client.isIdle = false;
      this.#clients.limit(client, undefined);
      const reply = await this.#answerUnlessEnded(line);
      if (reply === undefined) return;
      // A client that does not read its reply is idle too.
      this.#becomeIdle(client, IDLE_TIMEOUTS.nextRequestMs);
      await writeText(connection, formatLine(reply));
    }
  }

  /** Starts the time without a request, and makes the client the last of those that give way. */
  #becomeIdle(client: Client<Deno.UnixConn>, timeoutMs: number): void {
    client.isIdle = true;
    this.#clients.limit(client, timeoutMs);
    this.#clients.moveToEnd(client);
  }

  async #answerUnlessEnded(line: string): Promise<ControlReply | undefined> {
    const { promise: ended, resolve } = Promise.withResolvers<undefined>();
    const cancel = (): void => resolve(undefined);
    this.#cancellations.add(cancel);
    try {
      return await Promise.race([this.#answer(line), ended]);
    } finally {
      this.#cancellations.delete(cancel);
    }
  }

  async #answer(line: string): Promise<ControlReply> {
    const { commands, onBug } = this.#options;
    try {
      const [command = "", ...words] = parseRequest(line).command.split(" ");
      const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
      if (run === undefined) throw unknownCommand(command, commands);
      return { version: CONTROL_VERSION, ok: true, result: await run(words.join(" ")) };
    } catch (error) {
      if (error instanceof LvsctlError) return refusal(error.message, error.exitCode);
      onBug(error);
      return refusal(`internal error: ${String(error)}`);
    }
  }
}

function refusal(error: string, exitCode: ExitCode = EXIT.refused): ControlReply {
  return { version: CONTROL_VERSION, ok: false, error, exit_code: exitCode };
}

function unknownCommand(command: string, commands: ControlCommands): LvsctlError {
  const known = Object.keys(commands).map((name) => `"${name}"`).join(", ");
  return new LvsctlError(`the daemon does not know ${JSON.stringify(command.slice(0, 50))}; it knows ${known}`);
}
