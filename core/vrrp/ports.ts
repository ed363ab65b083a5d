import type { VrrpHost, VrrpPort } from "./host.ts";
import { carrierOf, type RouterSettings } from "./settings.ts";

/** The ports of a machine's virtual routers: those of one family on one interface have the same one. */
export class Ports implements Disposable {
  readonly #host: VrrpHost;
  readonly #open = new Map<string, VrrpPort>();
  /** Ports that no router uses from now on, and over which a last packet may leave. */
  readonly #retired: VrrpPort[] = [];

  /**
   * Opens no port yet.
   *
   * @param host The machine.
   */
  constructor(host: VrrpHost) {
    this.#host = host;
  }

  /** The open ports by their keys. */
  get open(): ReadonlyMap<string, VrrpPort> {
    return this.#open;
  }

  /** Closes all ports but those of these routers. */
  keep(routers: readonly RouterSettings[]): void {
    const used = new Set(routers.map(portKey));
    for (const key of [...this.#open.keys()]) if (!used.has(key)) this.close(key);
  }

  /**
   * The port of a router, which is opened if necessary; undefined if its interface is down or cannot be opened.
   *
   * @param settings The router.
   * @param options.onProblem Receives the reason why it cannot be opened.
   */
  of(
    settings: RouterSettings,
    { onProblem }: { readonly onProblem: (message: string) => void },
  ): VrrpPort | undefined {
    const key = portKey(settings);
    if (!this.#host.isRunning(settings.device)) {
      this.#retire(key);
      return undefined;
    }
    try {
      // One with peers sends over the interface below, whose port others have too.
      const isNew = settings.virtualMac && this.#addVirtualLink(settings, onProblem) &&
        carrierOf(settings).packets !== settings.device;
      const known = this.#open.get(key);
      if (known !== undefined && !isNew && !known.isOutdated()) return known;
      this.#retire(key);
      const port = this.#host.openPort({
        device: carrierOf(settings).packets,
        family: settings.family,
        listensOn: settings.device,
      });
      this.#open.set(key, port);
      return port;
    } catch (error) {
      onProblem(error instanceof Error ? error.message : String(error));
      // The kernel may change too much at the moment to list its interfaces: no router must give up its addresses.
      const known = this.#open.get(key);
      return known?.isOutdated() === false ? known : undefined;
    }
  }

  /** Closes a port at once. */
  close(key: string): void {
    this.#open.get(key)?.[Symbol.dispose]();
    this.#open.delete(key);
  }

  /** Closes the ports that no router uses any more. */
  closeRetired(): void {
    for (const port of this.#retired.splice(0)) port[Symbol.dispose]();
  }

  /** Closes all ports. */
  [Symbol.dispose](): void {
    for (const key of [...this.#open.keys()]) this.close(key);
    this.closeRetired();
  }

  #retire(key: string): void {
    const port = this.#open.get(key);
    if (port !== undefined) this.#retired.push(port);
    this.#open.delete(key);
  }

  /** Creates the virtual interface of a router, and tells whether it did not exist. */
  #addVirtualLink(settings: RouterSettings, onProblem: (message: string) => void): boolean {
    const { isNew, problems } = this.#host.addVirtualLink(settings);
    for (const problem of problems) onProblem(problem);
    return isNew;
  }
}

/** The port of a router by its interface and family. */
export function portKey(settings: RouterSettings): string {
  return `${carrierOf(settings).packets} ${settings.family}`;
}
