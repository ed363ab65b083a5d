import type { Clock } from "../../core/time/mod.ts";

/** What a {@linkcode ServiceManager} works with. */
export interface ServiceManagerOptions {
  /** A variable of the environment; undefined if it is not set. */
  readonly variable: (name: string) => string | undefined;
  /** Sends a datagram to a local socket; "@" as the first character of its path stands for the abstract namespace. */
  readonly send: (path: string, bytes: Uint8Array) => void;
  /** Is given what keeps it from being told anything, once. */
  readonly onUnreachable: (error: unknown) => void;
  /** The id of this process. */
  readonly pid: number;
}

/**
 * Tells systemd, or whoever else started the daemon, how it is (sd_notify(3), sd_watchdog_enabled(3)). Where nobody
 * asked for that, it does nothing.
 */
export class ServiceManager {
  readonly #options: ServiceManagerOptions;
  readonly #socket: string | undefined;
  #isUnreachable = false;

  /**
   * Reads the environment, and opens nothing.
   *
   * @param options What it works with.
   */
  constructor(options: ServiceManagerOptions) {
    this.#options = options;
    const socket = options.variable("NOTIFY_SOCKET");
    // Other forms (vsock) are for virtual machines as a whole.
    this.#socket = socket !== undefined && /^[/@]./.test(socket) ? socket : undefined;
  }

  /** After how long without a sign of life the daemon is killed; milliseconds. Undefined: it is not watched. */
  get watchdogMs(): number | undefined {
    if (this.#socket === undefined) return undefined;
    const { variable, pid } = this.#options;
    const microseconds = Number(variable("WATCHDOG_USEC"));
    const watched = variable("WATCHDOG_PID");
    if (!Number.isSafeInteger(microseconds) || microseconds <= 0) return undefined;
    return watched === undefined || watched === String(pid) ? microseconds / 1000 : undefined;
  }

  /** It works, and what it does for people to read. */
  ready(status: string): void {
    this.#tell({ READY: "1", STATUS: status });
  }

  /** It reads its file again; {@linkcode ServiceManager.ready} ends that. */
  reloading(): void {
    this.#tell({ RELOADING: "1", STATUS: "reading the file again" });
  }

  /** It works still, and what it does has become something else. */
  status(status: string): void {
    this.#tell({ STATUS: status });
  }

  /** It ends. */
  stopping(): void {
    this.#tell({ STOPPING: "1", STATUS: "stopping" });
  }

  /**
   * Gives a sign of life at half the time that the watchdog has, as long as there is life.
   *
   * @param isAlive Looked at each time.
   * @param options.clock Where time comes from.
   * @returns What ends it; without a watchdog it never begins.
   */
  keepAlive(isAlive: () => boolean, options: { readonly clock: Clock }): Disposable {
    const { watchdogMs } = this;
    if (watchdogMs === undefined) return { [Symbol.dispose]: () => {} };
    const { clock } = options;
    let timer: Disposable;
    const turn = (): void => {
      if (isAlive()) this.#tell({ WATCHDOG: "1" });
      timer = clock.setTimer(turn, watchdogMs / 2);
    };
    turn();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #tell(fields: Readonly<Record<string, string>>): void {
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
