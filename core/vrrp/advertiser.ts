import type { IpAddress } from "../model/mod.ts";
import { intervalOnWire } from "./acceptance.ts";
import { encodeAdvertisement, VRRP_GROUP } from "./advertisement.ts";
import type { VrrpPort } from "./host.ts";
import type { ProblemReports } from "./problem_reports.ts";
import type { RouterSettings } from "./settings.ts";

/** The sending side of a router: without a port or a source it sends nothing. */
export class Advertiser {
  readonly #problems: ProblemReports;
  #port: VrrpPort | undefined;
  #source: IpAddress | undefined;
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
    this.#port = port;
    this.#source = source;
  }

  /** Sends an advertisement to the group, or to each of the peers. */
  advertise(settings: RouterSettings, priority: number): void {
    const { vrid, version, vips, password, checksum: form, family, peers } = settings;
    const source = this.#source;
    if (source === undefined || this.#port === undefined) return;
    const content = { version, vrid, priority, intervalMs: intervalOnWire(settings), password };
    const addresses = vips.map(({ address }) => address);
    // Directors with one file for all name themselves too.
    const others = peers.filter((peer) => peer !== source);
    for (const destination of peers.length > 0 ? others : [VRRP_GROUP[family]]) {
      try {
        const carrier = { source, destination };
        this.#port.send(encodeAdvertisement({ ...content, addresses }, { ...carrier, form }), carrier);
        this.#sent++;
      } catch (error) {
        this.#problems.report(error instanceof Error ? error.message : String(error));
      }
    }
  }
}
