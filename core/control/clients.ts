import { type Clock, SYSTEM_CLOCK } from "../time/mod.ts";

/** Pause after a connection that could not be accepted; milliseconds. */
const ACCEPT_RETRY_MS = 100;

/** A connected client. */
export interface Client<Connection extends Deno.Conn> {
  /** Its connection. */
  readonly connection: Connection;
  /** Whether it gives way to a new client if all places are taken. */
  isIdle: boolean;
}

/** Options of {@linkcode Clients}. */
export interface ClientsOptions<Connection extends Deno.Conn> {
  /** The largest number of clients. */
  readonly most: number;
  /** Serves a client until its connection ends. An error of the connection may be thrown. */
  readonly serve: (client: Client<Connection>) => Promise<void>;
  /**
   * The time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
}

/**
 * The clients of a listening socket. It accepts connections until it is disposed of, also after failures, and a failure
 * of one client affects no other. A new client takes the place of an idle one if all places are taken.
 */
export class Clients<Connection extends Deno.Conn> implements AsyncDisposable {
  readonly #listener: { accept(): Promise<Connection>; close(): void };
  readonly #options: ClientsOptions<Connection>;
  readonly #clock: Clock;
  /** The clients with what limits their time; the first idle one gives way first. */
  readonly #clients = new Map<Client<Connection>, Disposable | undefined>();
  readonly #tasks = new Set<Promise<void>>();
  #isOpen = true;

  /** Begins to accept connections. */
  constructor(
    listener: { accept(): Promise<Connection>; close(): void },
    options: ClientsOptions<Connection>,
  ) {
    this.#listener = listener;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#track(this.#accept());
  }

  /** Whether there are more clients than places, because none was idle when the last one came. */
  get isOverfull(): boolean {
    return this.#clients.size > this.#options.most;
  }

  /** Ends the connection of a client after a time in milliseconds, in place of the earlier limit; undefined for none. */
  limit(client: Client<Connection>, timeMs: number | undefined): void {
    if (!this.#clients.has(client)) return;
    this.#clients.get(client)?.[Symbol.dispose]();
    this.#clients.set(
      client,
      timeMs === undefined ? undefined : this.#clock.setTimer(() => this.#drop(client), timeMs),
    );
  }

  /** Makes a client the last one of those that give way. */
  moveToEnd(client: Client<Connection>): void {
    if (!this.#clients.has(client)) return;
    const timer = this.#clients.get(client);
    this.#clients.delete(client);
    this.#clients.set(client, timer);
  }

  /** Closes the socket and all connections, and waits until their service has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#listener.close();
    for (const client of this.#clients.keys()) this.#drop(client);
    await Promise.all(this.#tasks);
  }

  #track(task: Promise<void>): void {
    const tracked = task.finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }

  async #accept(): Promise<void> {
    while (this.#isOpen) {
      let connection: Connection;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return;
        // No file descriptor is left, or the client has closed the connection: the next attempt can succeed.
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
        continue;
      }
      const client: Client<Connection> = { connection, isIdle: true };
      this.#makeRoom();
      this.#clients.set(client, undefined);
      this.#track(this.#serve(client));
    }
  }

  async #serve(client: Client<Connection>): Promise<void> {
    try {
      await this.#options.serve(client);
    } catch {
      // The client has closed the connection, or a limit has ended it.
    } finally {
      this.#drop(client);
    }
  }

  /** Drops the first idle client if all places are taken: slow and idle clients must not keep others out. */
  #makeRoom(): void {
    if (this.#clients.size < this.#options.most) return;
    for (const client of this.#clients.keys()) {
      if (client.isIdle) return this.#drop(client);
    }
  }

  #drop(client: Client<Connection>): void {
    if (!this.#clients.has(client)) return;
    this.#clients.get(client)?.[Symbol.dispose]();
    this.#clients.delete(client);
    client.connection.close();
  }
}
