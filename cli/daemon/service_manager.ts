import type { Clock } from "../../core/time/mod.ts";

/** Options of a {@linkcode ServiceManager}. */
export interface ServiceManagerOptions {
  /** Reads a variable of the environment; undefined if it is not set. */
  readonly variable: (name: string) => string | undefined;
  /** Sends a datagram to a local socket; "@" as the first character of its path stands for the abstract namespace. */
  readonly send: (path: string, bytes: Uint8Array) => void;
  /** Called with the error if the first message cannot be sent, and not again. */
  readonly onUnreachable: (error: unknown) => void;
  /** The id of this process. */
  readonly pid: number;
}

/**
 * Reports the daemon's state to systemd, or another service manager that started it (sd_notify(3),
 * sd_watchdog_enabled(3)). It sends nothing unless the environment names a socket.
 */
export class ServiceManager {
  readonly #options: ServiceManagerOptions;
  readonly #socket: string | undefined;
  #isUnreachable = false;

  /** Reads the environment, and opens nothing. */
  constructor(options: ServiceManagerOptions) {
    this.#options = options;
    const socket = options.variable("NOTIFY_SOCKET");
    // The other form, vsock, is for whole virtual machines.
    this.#socket = socket !== undefined && /^[/@]./.test(socket) ? socket : undefined;
  }

  /** The longest time without a sign of life before the daemon is killed; milliseconds. Undefined: no watchdog. */
  get watchdogMs(): number | undefined {
    if (this.#socket === undefined) return undefined;
    const { variable, pid } = this.#options;
    const microseconds = Number(variable("WATCHDOG_USEC"));
    const watched = variable("WATCHDOG_PID");
    if (!Number.isSafeInteger(microseconds) || microseconds <= 0) return undefined;
    return watched === undefined || watched === String(pid) ? microseconds / 1000 : undefined;
  }

  /** The daemon works; the text describes its work. */
  ready(status: string): void {
    this.#send({ READY: "1", STATUS: status });
  }

  /** Describes the daemon's work anew. */
  status(text: string): void {
    this.#send({ STATUS: text });
  }

  /** The daemon reads its file again, until {@linkcode ServiceManager.ready}. */
  reloading(): void {
    this.#send({ RELOADING: "1", STATUS: "reading the file again" });
  }

  /** The daemon stops. */
  stopping(): void {
    this.#send({ STOPPING: "1", STATUS: "stopping" });
  }

  /**
   * Sends a sign of life at half the watchdog's time, while the daemon is alive.
   *
   * @param isAlive Whether the daemon is alive, called each time.
   * @param options.clock The source of time.
   * @returns Ends it; without a watchdog it never begins.
   */
  keepAlive(isAlive: () => boolean, options: { readonly clock: Clock }): Disposable {
    const { watchdogMs } = this;
    if (watchdogMs === undefined) return { [Symbol.dispose]: () => {} };
    const { clock } = options;
    let timer: Disposable;
    const turn = (): void => {
      if (isAlive()) this.#send({ WATCHDOG: "1" });
      timer = clock.setTimer(turn, watchdogMs / 2);
    };
    turn();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #send(fields: Readonly<Record<string, string>>): void {
    if (this.#socket === undefined) return;
    const text = Object.entries(fields).map(([name, value]) => `${name}=${value.replaceAll("\n", " ")}\n`).join("");
    try {
      this.#options.send(this.#socket, new TextEncoder().encode(text));
    } catch (error) {
      if (!this.#isUnreachable) this.#options.onUnreachable(error);
      this.#isUnreachable = true;
    }
  }
}
