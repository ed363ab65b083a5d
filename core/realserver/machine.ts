import type { FouPort, ListedFouPort } from "../fou/mod.ts";
import { addressBits, addressFamily, type IpAddress, type Vip } from "../model/mod.ts";
import type { Link, ListedAddress, NewLink } from "../rtnetlink/mod.ts";

/** An address that the kernel lists, with the name of its interface. */
export interface ListedDeviceAddress extends Omit<ListedAddress, "index"> {
  /** Name of the interface. */
  readonly device: string;
}

/** The current state of a real server's kernel. */
export interface MachineState {
  /** Its interfaces. */
  readonly links: readonly Link[];
  /** Its addresses. */
  readonly addresses: readonly ListedDeviceAddress[];
  /** The UDP ports on which it unpacks tunnels. */
  readonly fouPorts: readonly ListedFouPort[];
  /** The value of a sysctl; undefined if the kernel has none of that name. */
  sysctl(name: string): string | undefined;
}

/** The address of an interface to add or delete. */
export interface DeviceAddress {
  /** The address; it has the prefix length of a single host. */
  readonly address: IpAddress;
  /** Name of the interface. */
  readonly device: string;
}

/** A real server's kernel; every method that changes something throws `LvsctlError` if the kernel refuses. */
export interface Machine {
  /** Reads the interfaces, addresses and FOU ports. */
  readState(): MachineState;
  /** Loads kernel modules; a failure shows at the first use. */
  loadModules(names: readonly string[]): void;
  /** The value of a sysctl; undefined if the kernel has none of that name. */
  sysctl(name: string): string | undefined;
  /** Sets a sysctl. */
  setSysctl(name: string, value: string): void;
  /** Creates an interface, which is down. */
  addLink(link: NewLink): void;
  /** Deletes an interface. */
  deleteLink(name: string): void;
  /** Brings an interface up or down. */
  setLinkState(name: string, isUp: boolean): void;
  /** Unpacks GUE on a UDP port. */
  addFouPort(port: FouPort): void;
  /** Stops unpacking GUE on a UDP port. */
  deleteFouPort(port: FouPort): void;
  /** Adds an address. */
  addAddress(address: DeviceAddress): void;
  /** Deletes an address. */
  deleteAddress(address: DeviceAddress): void;
}

/**
 * A VIP as a real server has it: with the prefix length of a single host, because a shorter prefix on lo would make its
 * whole network local; and with scope host, so that the kernel never chooses it as the source of its own packets.
 */
export function realServerVip({ address, device }: DeviceAddress): Vip {
  const family = addressFamily(address);
  const scope = family === "ipv4" ? "host" : "global";
  return { address, prefixLength: addressBits(family), device, scope, dad: false, prefixRoute: true };
}
