import type { LvsctlError } from "../errors/mod.ts";
import { type PresentVip, sameVipPlace, type Vip, type VipChange } from "../model/mod.ts";
import type { Transport } from "../netlink/mod.ts";
import {
  type AnnouncementOptions,
  announceVips,
  assertUnused,
  DEFAULT_ANNOUNCEMENT,
  type LinkLayer,
  type VipHolder,
  vipHolders,
} from "./announcement.ts";
import type { Link, ListedAddress } from "./codec.ts";
import { LVSCTL_ADDRESS_PROTOCOL } from "./constants.ts";
import { RouteClient } from "./route_client.ts";
import { devicesOfSecondaries, type Promotion } from "./secondaries.ts";

/** Record of the addresses that lvsctl added, for kernels that do not store it (before Linux 5.18). */
export interface OwnedVips {
  /** Whether lvsctl added the address. */
  has(vip: Pick<Vip, "address" | "device">): boolean;
  /** Records added and deleted addresses. */
  update(change: { readonly added: readonly Vip[]; readonly deleted: readonly Vip[] }): void;
}

/** Dependencies of a {@linkcode VipClient}. */
export interface VipClientOptions {
  /** Frames, for announcements and probes. */
  readonly layer: LinkLayer;
  /** Record of the addresses that lvsctl added. */
  readonly owned: OwnedVips;
  /** Keeps the other addresses of a subnet when the primary one is deleted. */
  readonly promote: Promotion;
}

/**
 * The VIPs on the director's interfaces.
 *
 * Every method throws `RouteError` if the kernel refuses, and `NetlinkDecodeError` if its answer cannot be read.
 */
export class VipClient implements Disposable {
  readonly #routes: RouteClient;
  readonly #options: VipClientOptions;

  /**
   * Connects over a transport; the client closes it.
   *
   * @param transport A routing-netlink socket.
   * @param options Dependencies.
   */
  constructor(transport: Transport, options: VipClientOptions) {
    this.#routes = new RouteClient(transport);
    this.#options = options;
  }

  /** The addresses of all interfaces: VIPs and the machine's own. */
  vips(): PresentVip[] {
    const links = new Map(this.#routes.links().map((link) => [link.index, link]));
    return this.#routes.addresses().flatMap((address): PresentVip[] => {
      const link = links.get(address.index);
      return link === undefined ? [] : [this.#presentVip(address, link)];
    });
  }

  /** The interfaces. */
  links(): readonly Link[] {
    return this.#routes.links();
  }

  /**
   * Runs changes in order. Each added address gets lvsctl's mark. The deletion of a subnet's primary address keeps the
   * other ones, unlike in the kernel by default.
   *
   * @returns The errors of the failed changes, by index.
   */
  execute(changes: readonly VipChange[]): ReadonlyMap<number, LvsctlError> {
    const links = this.#routes.links();
    const devices = devicesOfSecondaries(changes, { links, addresses: this.#routes.addresses() });
    using _ = devices.length === 0 ? undefined : this.#options.promote(devices);
    const errors = this.#routes.execute(changes, { links });
    const done = changes.filter((_, index) => !errors.has(index));
    const added = done.flatMap((change) => change.operation === "deleteVip" ? [] : [change.vip]);
    const deleted = done.flatMap((change) => change.operation === "addVip" ? [] : [deletedVip(change)]);
    const marked = added.length === 0 ? [] : this.vips().filter(({ owned }) => owned);
    const unmarked = added.filter((vip) => !marked.some((other) => sameVipPlace(vip, other)));
    this.#options.owned.update({ added: unmarked, deleted });
    return errors;
  }

  /**
   * Probes the links for another host that has one of the VIPs.
   *
   * @throws {LvsctlError} If another host has one.
   */
  assertFree(vips: readonly Vip[]): void {
    if (vips.length > 0) assertUnused(this.#options.layer, { vips, links: this.#routes.links() });
  }

  /**
   * Probes the links for other hosts that have one of the VIPs, as {@linkcode VipClient.assertFree} does.
   *
   * @param vips Addresses with the interfaces on whose links to ask.
   */
  holders(vips: readonly Vip[]): readonly VipHolder[] {
    return vips.length === 0 ? [] : vipHolders(this.#options.layer, { vips, links: this.#routes.links() });
  }

  /**
   * Announces VIPs to the neighbours.
   *
   * @param vips The VIPs.
   * @param options Number and interval; {@linkcode DEFAULT_ANNOUNCEMENT} by default.
   * @returns The announced VIPs, whose interfaces are up and have neighbours.
   */
  async announce(vips: readonly Vip[], options: Partial<AnnouncementOptions> = {}): Promise<readonly Vip[]> {
    if (vips.length === 0) return [];
    const links = this.#routes.links();
    return await announceVips(this.#options.layer, { vips, links, ...DEFAULT_ANNOUNCEMENT, ...options });
  }

  /** Closes the connection. */
  close(): void {
    this.#routes.close();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  #presentVip(listed: ListedAddress, link: Link): PresentVip {
    const { address, prefixLength, label, scope, dad, prefixRoute, state, protocol } = listed;
    const device = link.name;
    const owned = protocol === undefined
      ? this.#options.owned.has({ address, device })
      : protocol === LVSCTL_ADDRESS_PROTOCOL;
    const vip = {
      address,
      prefixLength,
      device,
      scope,
      dad,
      prefixRoute,
      owned,
      state: link.isUp ? state : "down",
    } as const;
    // The kernel reports the interface's name as the label of an address without one.
    return label === undefined || label === device ? vip : { ...vip, label };
  }
}

/** The VIP that a change deletes. */
function deletedVip(change: VipChange): Vip {
  return change.operation === "editVip" ? change.from : change.vip;
}
