import { FouClient, type FouPort } from "../fou/mod.ts";
import { LvsctlError } from "../errors/mod.ts";
import { type Link, type NewLink, REAL_SERVER_ADDRESS_PROTOCOL, type RouteClient } from "../rtnetlink/mod.ts";
import { readSysctl, type SysctlOptions, writeSysctl } from "../host/mod.ts";
import { type DeviceAddress, type Machine, type MachineState, realServerVip } from "./machine.ts";

/** Dependencies of a {@linkcode KernelMachine}. */
export interface KernelMachineOptions {
  /** Interfaces and addresses; closed with the machine. */
  readonly routes: RouteClient;
  /** Opens a connection to the kernel's FOU ports; returns undefined while the module fou is not loaded. */
  readonly openFou: () => FouClient | undefined;
  /** Loads a kernel module; returns the error, or "". */
  readonly loadModule: (name: string) => string;
  /** The location of the sysctls. */
  readonly sysctls?: SysctlOptions;
}

/** The kernel of the machine that lvsctl runs on. */
export class KernelMachine implements Machine, Disposable {
  readonly #options: KernelMachineOptions;
  #fou: FouClient | undefined;

  /** Opens no connection to FOU yet. */
  constructor(options: KernelMachineOptions) {
    this.#options = options;
  }

  /** Reads the interfaces, addresses and FOU ports. */
  readState(): MachineState {
    const { routes } = this.#options;
    const links = routes.links();
    const names = new Map(links.map(({ index, name }) => [index, name]));
    const addresses = routes.addresses().map(({ index, ...address }) => ({
      ...address,
      device: names.get(index) ?? "",
    }));
    return { links, addresses, fouPorts: this.#openFou()?.ports() ?? [], sysctl: (name) => this.sysctl(name) };
  }

  /** Loads kernel modules; a failure shows at the first use. */
  loadModules(names: readonly string[]): void {
    for (const name of names) this.#options.loadModule(name);
  }

  /** The value of a sysctl. */
  sysctl(name: string): string | undefined {
    return readSysctl(name, this.#options.sysctls);
  }

  /** Sets a sysctl. */
  setSysctl(name: string, value: string): void {
    writeSysctl(name, value, this.#options.sysctls);
  }

  /** Creates an interface, which is down. */
  addLink(link: NewLink): void {
    this.#options.routes.addLink(link);
  }

  /** Deletes an interface. */
  deleteLink(name: string): void {
    this.#options.routes.deleteLink(this.#link(name));
  }

  /** Brings an interface up or down. */
  setLinkState(name: string, isUp: boolean): void {
    this.#options.routes.setLinkState({ ...this.#link(name), isUp });
  }

  /** Unpacks GUE on a UDP port. */
  addFouPort(port: FouPort): void {
    const fou = this.#openFou();
    if (fou === undefined) {
      throw new LvsctlError("this kernel has no GUE tunnels", {
        operation: "unpack GUE on UDP port",
        object: String(port.port),
        errno: "ENOENT",
        hint: 'load their module as root with "modprobe fou"; in a container, on the host',
      });
    }
    fou.addPort(port);
  }

  /** Stops unpacking GUE on a UDP port. */
  deleteFouPort(port: FouPort): void {
    this.#openFou()?.deletePort(port);
  }

  /** Adds an address, marked as a real server's VIP. */
  addAddress(address: DeviceAddress): void {
    this.#changeAddress("addVip", address);
  }

  /** Deletes an address. */
  deleteAddress(address: DeviceAddress): void {
    this.#changeAddress("deleteVip", address);
  }

  /** Closes its connections. */
  [Symbol.dispose](): void {
    this.#fou?.close();
    this.#options.routes.close();
  }

  #changeAddress(operation: "addVip" | "deleteVip", address: DeviceAddress): void {
    const { routes } = this.#options;
    const change = { operation, vip: realServerVip(address) };
    const options = { links: routes.links(), protocol: REAL_SERVER_ADDRESS_PROTOCOL };
    for (const error of routes.execute([change], options).values()) throw error;
  }

  #link(name: string): Link {
    const link = this.#options.routes.links().find((other) => other.name === name);
    if (link !== undefined) return link;
    throw new LvsctlError("the interface does not exist", {
      operation: "use the interface",
      object: name,
      errno: "ENODEV",
      hint: "another program may have deleted it; try again",
    });
  }

  #openFou(): FouClient | undefined {
    this.#fou ??= this.#options.openFou();
    return this.#fou;
  }
}
