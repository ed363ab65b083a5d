import type { IpAddress } from "../model/mod.ts";
import { intervalOnWire } from "./acceptance.ts";
import { encodeAdvertisement, PRIORITY_STOP, VRRP_GROUP } from "./advertisement.ts";
import type { VrrpPort } from "./host.ts";
import type { ProblemReports } from "./problem_reports.ts";
import type { RouterSettings } from "./settings.ts";

/** The sending side of a router: without a port or a source it sends nothing. */
export class Advertiser {
  readonly #problems: ProblemReports;
  #port: VrrpPort | undefined;
  #source: IpAddress | undefined;
  /** What it has lost last, over which it can say that it stops; undefined while it has a port and a source. */
  #former: { readonly port: VrrpPort; readonly source: IpAddress } | undefined;
  #sent = 0;

  /**
   * Sends nothing yet.
   *
   * @param problems Receives each failure.
   */
  constructor(problems: ProblemReports) {
    this.#problems = problems;
  }

  /** The source of its packets; undefined without one. */
  get source(): IpAddress | undefined {
    return this.#source;
  }

  /** Number of packets that it sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Uses another port and another source from now on. */
  use(port: VrrpPort | undefined, source: IpAddress | undefined): void {
    const [formerPort, formerSource] = [this.#port, this.#source];
    if (port !== undefined && source !== undefined) this.#former = undefined;
    else if (formerPort !== undefined && formerSource !== undefined) {
      this.#former = { port: formerPort, source: formerSource };
    }
    this.#port = port;
    this.#source = source;
  }

  /** Sends an advertisement to the group, or to each of the peers. */
  advertise(settings: RouterSettings, priority: number): void {
    const [port, source] = [this.#port, this.#source];
    if (port !== undefined && source !== undefined) {
      return this.#send(settings, { port, source, priority, onFailure: (message) => this.#problems.report(message) });
    }
    const former = this.#former;
    this.#former = undefined;
    if (priority !== PRIORITY_STOP || former === undefined) return;
    // Where the link or the address alone is lost, the next router hears it and need not wait. Otherwise it fails.
    this.#send(settings, { ...former, priority, onFailure: () => {} });
  }

  #send(
    settings: RouterSettings,
    { port, source, priority, onFailure }: {
      readonly port: VrrpPort;
      readonly source: IpAddress;
      readonly priority: number;
      readonly onFailure: (message: string) => void;
    },
  ): void {
    const { vrid, version, vips, password, checksum: form, family, peers } = settings;
    const content = { version, vrid, priority, intervalMs: intervalOnWire(settings), password };
    const addresses = vips.map(({ address }) => address);
    // Directors with one file for all name themselves too.
    const others = peers.filter((peer) => peer !== source);
    for (const destination of peers.length > 0 ? others : [VRRP_GROUP[family]]) {
      try {
        const carrier = { source, destination };
        port.send(encodeAdvertisement({ ...content, addresses }, { ...carrier, form }), carrier);
        this.#sent++;
      } catch (error) {
        onFailure(error instanceof Error ? error.message : String(error));
      }
    }
  }
}
