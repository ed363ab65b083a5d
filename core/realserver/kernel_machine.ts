import { FouClient, type FouPort } from "../fou/mod.ts";
import { LvsctlError } from "../errors/mod.ts";
import { type Link, type NewLink, REAL_SERVER_ADDRESS_PROTOCOL, type RouteClient } from "../rtnetlink/mod.ts";
import { readSysctl, type SysctlOptions, writeSysctl } from "../host/mod.ts";
import { type AddressPlace, type Machine, realServerVip, type View } from "./machine.ts";

/** What a {@linkcode KernelMachine} is made of. */
export interface KernelMachineOptions {
  /** Interfaces and addresses; closed with the machine. */
  readonly routes: RouteClient;
  /** Opens a connection to the ports of tunnels; undefined while the kernel does not know of such. */
  readonly openFou: () => FouClient | undefined;
  /** Loads a kernel module; gives what stood in the way, or "". */
  readonly loadModule: (name: string) => string;
  /** Where the sysctls are. */
  readonly sysctls?: SysctlOptions;
}

/** The kernel of the machine that lvsctl runs on. */
export class KernelMachine implements Machine, Disposable {
  readonly #options: KernelMachineOptions;
  #fou: FouClient | undefined;

  /**
   * Asks for nothing yet.
   *
   * @param options What it works with.
   */
  constructor(options: KernelMachineOptions) {
    this.#options = options;
  }

  /** Looks at all of it. */
  view(): View {
    const { routes } = this.#options;
    const links = routes.links();
    const names = new Map(links.map(({ index, name }) => [index, name]));
    const addresses = routes.addresses().map(({ index, ...address }) => ({
      ...address,
      device: names.get(index) ?? "",
    }));
    return { links, addresses, fouPorts: this.#openFou()?.ports() ?? [], sysctl: (name) => this.sysctl(name) };
  }

  /** Asks for kernel modules. */
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

  /** Makes an interface. */
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
        operation: "unpack GUE on the UDP port",
        object: String(port.port),
        errno: "ENOENT",
        hint: 'load their module as root with "modprobe fou"; in a container, on the host',
      });
    }
    fou.addPort(port);
  }

  /** Stops that. */
  deleteFouPort(port: FouPort): void {
    this.#openFou()?.deletePort(port);
  }

  /** Adds an address, marked as a real server's VIP. */
  addAddress(place: AddressPlace): void {
    this.#changeAddress("addVip", place);
  }

  /** Deletes an address. */
  deleteAddress(place: AddressPlace): void {
    this.#changeAddress("deleteVip", place);
  }

  /** Closes its connections. */
  [Symbol.dispose](): void {
    this.#fou?.close();
    this.#options.routes.close();
  }

  #changeAddress(operation: "addVip" | "deleteVip", place: AddressPlace): void {
    const { routes } = this.#options;
    const change = { operation, vip: realServerVip(place) };
    const options = { links: routes.links(), protocol: REAL_SERVER_ADDRESS_PROTOCOL };
    for (const error of routes.execute([change], options).values()) throw error;
  }

  #link(name: string): Link {
    const link = this.#options.routes.links().find((other) => other.name === name);
    if (link !== undefined) return link;
    throw new LvsctlError("there is no such interface", {
      operation: "use the interface",
      object: name,
      errno: "ENODEV",
    });
  }

  #openFou(): FouClient | undefined {
    this.#fou ??= this.#options.openFou();
    return this.#fou;
  }
}
