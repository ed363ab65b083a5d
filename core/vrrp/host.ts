import type { AddressFamily, IpAddress, Vip } from "../model/mod.ts";
import type { Carrier } from "./advertisement.ts";
import type { RouterSettings } from "./settings.ts";
import type { ReceivedMessage } from "./decode_advertisement.ts";

/** Packets of VRRP of one family on one interface. */
export interface VrrpPort extends Disposable {
  /**
   * Sends a message.
   *
   * @throws {LvsctlError} If the kernel refuses it.
   */
  send(message: Uint8Array<ArrayBuffer>, carrier: Carrier): void;
  /**
   * The next message that waits; `undefined` if there is none.
   *
   * @throws {LvsctlError} If the interface is gone.
   */
  receive(): ReceivedMessage | "packet" | undefined;
  /**
   * Whether its interface has another name since the last call of `refresh`, or is gone: one that was created again, or
   * that has the name now, has another number, and this port hears nothing there.
   */
  isOutdated(): boolean;
}

/** The place of a port. */
export interface PortPlace {
  /** Name of the interface that it sends packets to. */
  readonly device: string;
  /** Family of its packets. */
  readonly family: AddressFamily;
  /** Name of the interface that it receives packets from; another one than that of its own packets for a virtual one. */
  readonly listensOn: string;
}

/** The result of adding a virtual interface. */
export interface AddedLink {
  /** Whether it did not exist. */
  readonly isNew: boolean;
  /** Why settings of interfaces could not be changed. */
  readonly problems: readonly string[];
}

/** The machine that a router runs on; tests have their own. */
export interface VrrpHost {
  /** Reads the interfaces and addresses once, for the following calls of `isPresent`, `addresses` and `absentVips`. */
  refresh(): void;
  /** Whether there is an interface of a name. */
  isPresent(device: string): boolean;
  /** Whether an interface is up and has a link. */
  isRunning(device: string): boolean;
  /** The usable addresses of an interface that no router has added, in the kernel's order; none without the interface. */
  addresses(device: string): readonly IpAddress[];
  /**
   * Opens an interface for packets; the caller closes it.
   *
   * @throws {LvsctlError} Without permission, or without such an interface.
   */
  openPort(place: PortPlace): VrrpPort;
  /**
   * Creates the virtual interface of a router, which is down, unless it exists.
   *
   * @throws {LvsctlError} If it cannot be created.
   */
  addVirtualLink(settings: RouterSettings): AddedLink;
  /**
   * Brings the virtual interface of a router up or down, and returns why that failed. One that is up sends packets of its own,
   * after which a switch sends those for the virtual hardware address to this machine.
   */
  setVirtualLink(settings: RouterSettings, isUp: boolean): readonly string[];
  /** Deletes the virtual interface of a router, and returns why that failed. */
  removeVirtualLink(settings: RouterSettings): readonly string[];
  /** The addresses that their interfaces do not have. */
  absentVips(vips: readonly Vip[]): readonly Vip[];
  /** Adds addresses, and returns why others could not be added. Present ones are no error. */
  addVips(vips: readonly Vip[]): readonly string[];
  /**
   * Removes addresses, and returns why others could not be removed. Absent ones are no error.
   *
   * @param options.keepsForeign Whether addresses stay that no router of this machine has added.
   */
  removeVips(vips: readonly Vip[], options: { readonly keepsForeign: boolean }): readonly string[];
  /** Announces addresses to the neighbours once, and returns why that failed. */
  announce(vips: readonly Vip[]): readonly string[];
}
