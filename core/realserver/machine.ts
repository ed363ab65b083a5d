import type { FouPort, ListedFouPort } from "../fou/mod.ts";
import { addressBits, addressFamily, type IpAddress, type Vip } from "../model/mod.ts";
import type { Link, ListedAddress, NewLink } from "../rtnetlink/mod.ts";

/** An address, and the name of its interface. */
export interface PlacedAddress extends Omit<ListedAddress, "index"> {
  /** Name of the interface. */
  readonly device: string;
}

/** What is looked at of a real server. */
export interface View {
  /** Its interfaces. */
  readonly links: readonly Link[];
  /** Its addresses. */
  readonly addresses: readonly PlacedAddress[];
  /** The UDP ports on which it unpacks tunnels. */
  readonly fouPorts: readonly ListedFouPort[];
  /** The value of a sysctl; undefined where there is none of that name. */
  sysctl(name: string): string | undefined;
}

/** An address on an interface, by which it is added and deleted. */
export interface AddressPlace {
  /** The address, alone: its prefix is as long as it is. */
  readonly address: IpAddress;
  /** Name of the interface. */
  readonly device: string;
}

/** A real server's kernel; every method that changes something throws `LvsctlError` if that is refused. */
export interface Machine {
  /** Looks at all of it. */
  view(): View;
  /** Asks for kernel modules; whether they came shows when they are used. */
  loadModules(names: readonly string[]): void;
  /** The value of a sysctl; undefined where there is none of that name. */
  sysctl(name: string): string | undefined;
  /** Sets a sysctl. */
  setSysctl(name: string, value: string): void;
  /** Makes an interface, which is down. */
  addLink(link: NewLink): void;
  /** Deletes an interface. */
  deleteLink(name: string): void;
  /** Brings an interface up or down. */
  setLinkState(name: string, isUp: boolean): void;
  /** Unpacks GUE on a UDP port. */
  addFouPort(port: FouPort): void;
  /** Stops that. */
  deleteFouPort(port: FouPort): void;
  /** Adds an address. */
  addAddress(place: AddressPlace): void;
  /** Deletes an address. */
  deleteAddress(place: AddressPlace): void;
}

/**
 * A VIP as it is on a real server: alone, for on lo a shorter prefix would make all of its network local; and of scope
 * host, so that the machine never chooses it as the source of what it sends by itself.
 */
export function realServerVip({ address, device }: AddressPlace): Vip {
  const family = addressFamily(address);
  const scope = family === "ipv4" ? "host" : "global";
  return { address, prefixLength: addressBits(family), device, scope, dad: false, prefixRoute: true };
}
