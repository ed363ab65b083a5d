import type { LvsctlError } from "../errors/mod.ts";
import { type PresentVip, sameVipPlace, type Vip, type VipChange } from "../model/mod.ts";
import type { Transport } from "../netlink/mod.ts";
import {
  type AnnouncementOptions,
  announceVips,
  assertNobodyHas,
  DEFAULT_ANNOUNCEMENT,
  type LinkLayer,
} from "./announcement.ts";
import type { Link, ListedAddress } from "./codec.ts";
import { LVSCTL_ADDRESS_PROTOCOL } from "./constants.ts";
import { RouteClient } from "./route_client.ts";
import { devicesOfSecondaries, type Promotion } from "./secondaries.ts";

/** Remembers which addresses lvsctl added, where the kernel does not: before Linux 5.18. */
export interface OwnedVips {
  /** Whether lvsctl added the address. */
  has(vip: Pick<Vip, "address" | "device">): boolean;
  /** Notes that these were added, and those deleted. */
  update(change: { readonly added: readonly Vip[]; readonly deleted: readonly Vip[] }): void;
}

/** What a {@linkcode VipClient} works with beside its transport. */
export interface VipClientOptions {
  /** Frames, for announcing and probing. */
  readonly layer: LinkLayer;
  /** What lvsctl added, for kernels that do not keep it. */
  readonly owned: OwnedVips;
  /** Keeps the other addresses of a subnet. */
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
   * Talks over a transport, and closes it when it is closed itself.
   *
   * @param transport A routing-netlink socket.
   * @param options What it works with.
   */
  constructor(transport: Transport, options: VipClientOptions) {
    this.#routes = new RouteClient(transport);
    this.#options = options;
  }

  /** The addresses of all interfaces: VIPs, whoever added them, and the machine's own. */
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
   * Makes changes in order. An address that is added is marked as lvsctl's. No other address goes with one that is
   * deleted, as it is the kernel's way with the primary one of a subnet.
   *
   * @returns The errors of those that failed, by their index.
   */
  execute(changes: readonly VipChange[]): ReadonlyMap<number, LvsctlError> {
    const links = this.#routes.links();
    const devices = devicesOfSecondaries(changes, { links, addresses: this.#routes.addresses() });
    using _ = devices.length === 0 ? undefined : this.#options.promote(devices);
    const errors = this.#routes.execute(changes, { links });
    const done = changes.filter((_, index) => !errors.has(index));
    const added = done.flatMap((change) => change.operation === "deleteVip" ? [] : [change.vip]);
    const deleted = done.flatMap((change) => change.operation === "addVip" ? [] : [takenAway(change)]);
    const marked = added.length === 0 ? [] : this.vips().filter(({ owned }) => owned);
    const unmarked = added.filter((vip) => !marked.some((other) => sameVipPlace(vip, other)));
    this.#options.owned.update({ added: unmarked, deleted });
    return errors;
  }

  /**
   * Asks on the links whether another host has one of the VIPs.
   *
   * @throws {LvsctlError} If one has.
   */
  assertFree(vips: readonly Vip[]): void {
    if (vips.length > 0) assertNobodyHas(this.#options.layer, { vips, links: this.#routes.links() });
  }

  /**
   * Tells the neighbours where the VIPs are.
   *
   * @param vips The VIPs.
   * @param options How often; as {@linkcode DEFAULT_ANNOUNCEMENT} says where it is not given.
   * @returns Those that there was somebody to be told of: whose interfaces are up and have neighbours.
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
    // Of an address that was given none, the kernel shows the interface's name as the label.
    const named = label === undefined || label === device ? {} : { label };
    const owned = protocol === undefined
      ? this.#options.owned.has({ address, device })
      : protocol === LVSCTL_ADDRESS_PROTOCOL;
    const seen = link.isUp ? state : "down";
    return { address, prefixLength, device, ...named, scope, dad, prefixRoute, owned, state: seen };
  }
}

/** The VIP that a change takes away. */
function takenAway(change: VipChange): Vip {
  return change.operation === "editVip" ? change.from : change.vip;
}
