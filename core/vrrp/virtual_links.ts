import { LvsctlError } from "../errors/mod.ts";
import { interfaceSysctl } from "../host/mod.ts";
import type { Link, RouteClient } from "../rtnetlink/mod.ts";
import type { AddedLink } from "./host.ts";
import { carrierOf, isVirtualLink, type RouterSettings } from "./settings.ts";

/** The first bytes of the hardware addresses of virtual routers (RFC 9568, 7.3); the number of the router follows. */
const HARDWARE_PREFIX = { ipv4: [0, 0, 0x5e, 0, 1], ipv6: [0, 0, 0x5e, 0, 2] } as const;

/**
 * Settings of a virtual interface: it has the VIPs alone, answers for them alone, and takes packets from this machine's
 * own addresses. Of IPv6 it has no address of its own, because all directors would have the same.
 */
const OWN_SETTINGS = [
  ["ipv4", "arp_ignore", "1"],
  ["ipv4", "accept_local", "1"],
  ["ipv4", "rp_filter", "0"],
  ["ipv6", "addr_gen_mode", "1"],
  ["ipv6", "accept_ra", "0"],
] as const;

/** Settings of the interface below, so that it does not answer for the VIPs with its own hardware address. */
const PARENT_SETTINGS = [["arp_ignore", "1"], ["arp_filter", "1"]] as const;

/** The machine's kernel settings; tests have their own. */
export interface Sysctls {
  /** Reads a value; undefined if the kernel has none of that name. */
  read(name: string): string | undefined;
  /**
   * Sets a value.
   *
   * @throws {LvsctlError} If the kernel refuses it.
   */
  write(name: string, value: string): void;
}

/** A record of changed kernel settings that outlives this process. */
export interface SysctlRecord {
  /** The former values by name; none if there is no record. */
  read(): Readonly<Record<string, string>>;
  /**
   * Replaces the record.
   *
   * @throws {LvsctlError} If it cannot be written.
   */
  write(values: Readonly<Record<string, string>>): void;
}

/** Dependencies of {@linkcode VirtualLinks}. */
export interface VirtualLinksOptions {
  /** Interfaces. */
  readonly routes: RouteClient;
  /** Kernel settings. */
  readonly sysctls: Sysctls;
  /** The record of changed settings. */
  readonly record: SysctlRecord;
}

/** The settings of a router that its virtual interface depends on. */
export type LinkSettings = Pick<RouterSettings, "device" | "family" | "vrid" | "virtualMac" | "peers">;

/** The virtual interfaces of routers with a virtual hardware address, and the settings of those below. */
export class VirtualLinks {
  readonly #options: VirtualLinksOptions;
  /** The interface below each virtual one. */
  readonly #parents = new Map<string, Pick<Link, "name" | "index">>();
  /** The former values of changed settings, by name. */
  #former: Readonly<Record<string, string>>;

  /** Reads the record. */
  constructor(options: VirtualLinksOptions) {
    this.#options = options;
    this.#former = options.record.read();
  }

  /**
   * Creates the virtual interface of a router, which is down, unless it exists.
   *
   * @throws {LvsctlError} If it cannot be created.
   */
  add(settings: LinkSettings): AddedLink {
    const { routes } = this.#options;
    const { device, family, vrid } = settings;
    const { addresses: name } = carrierOf(settings);
    const links = routes.links();
    const isPresent = links.some((link) => link.name === name);
    const parent = links.find((link) => link.name === device);
    if (parent === undefined) return { isNew: false, problems: [] };
    if (isPresent && this.#parents.get(name)?.index === parent.index) return { isNew: false, problems: [] };
    // One of a former interface of the same name has another number below.
    for (const link of links) if (link.name === name) routes.deleteLink(link);
    const hardwareAddress = Uint8Array.of(...HARDWARE_PREFIX[family], vrid);
    routes.addMacvlan({ name, parent: parent.index, hardwareAddress });
    this.#parents.set(name, parent);
    const own = OWN_SETTINGS.map(([of, key, value]) => this.#set(interfaceSysctl(of, { device: name, key }), value));
    const below = family === "ipv6"
      ? []
      : PARENT_SETTINGS.map(([key, value]) => this.#change(interfaceSysctl("ipv4", { device, key }), value));
    return {
      isNew: true,
      problems: [...own, ...below, this.#filterProblem()].filter((problem) => problem !== undefined),
    };
  }

  /** Brings the virtual interface of a router up or down, if it exists, and returns why that failed. */
  set(settings: LinkSettings, isUp: boolean): readonly string[] {
    const { addresses: name } = carrierOf(settings);
    if (!this.#parents.has(name)) return [];
    const { routes } = this.#options;
    try {
      const link = routes.links().find((each) => each.name === name);
      // Other programs may change it too.
      if (link !== undefined && link.isUp !== isUp) routes.setLinkState({ ...link, isUp });
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  }

  /** Deletes the virtual interface of a router, and restores the settings of the one below after the last. */
  remove(settings: LinkSettings): readonly string[] {
    const { addresses: name } = carrierOf(settings);
    if (!this.#parents.delete(name)) return [];
    const problems = this.#delete((link) => link === name);
    const { device } = settings;
    if ([...this.#parents.values()].some((parent) => parent.name === device)) return problems;
    const names = PARENT_SETTINGS.map(([key]) => interfaceSysctl("ipv4", { device, key }));
    return [...problems, ...this.#restore((each) => names.includes(each))];
  }

  /**
   * Deletes all virtual interfaces, also those of a process that was killed, and restores all settings.
   *
   * @param kept Names of interfaces that stay, and with them all settings.
   */
  removeAll(kept: ReadonlySet<string> = new Set()): readonly string[] {
    this.#parents.clear();
    return [
      ...this.#delete((name) => isVirtualLink(name) && !kept.has(name)),
      ...this.#restore(() => kept.size === 0),
    ];
  }

  /** The strictest of the values for all interfaces and for one is used, so that the one cannot be set to less. */
  #filterProblem(): string | undefined {
    const name = interfaceSysctl("ipv4", { device: "all", key: "rp_filter" });
    return this.#options.sysctls.read(name) === "1"
      ? `${name} is 1, so that the kernel drops packets to a virtual hardware address; set it to 0`
      : undefined;
  }

  #delete(isDeleted: (name: string) => boolean): readonly string[] {
    const { routes } = this.#options;
    try {
      const links = routes.links().filter(({ name, kind }) => kind === "macvlan" && isDeleted(name));
      for (const link of links) routes.deleteLink(link);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  }

  /** Changes a setting that has to be restored, and records its former value before. */
  #change(name: string, value: string): string | undefined {
    const { sysctls, record } = this.#options;
    try {
      const former = sysctls.read(name);
      if (former === undefined || former === value) return undefined;
      if (!(name in this.#former)) record.write(this.#former = { ...this.#former, [name]: former });
      sysctls.write(name, value);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** A disk may be full: that must not end the process, and the next one restores the settings once more. */
  #writeRecord(): readonly string[] {
    try {
      this.#options.record.write(this.#former);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  }

  #set(name: string, value: string): string | undefined {
    const { sysctls } = this.#options;
    try {
      if (sysctls.read(name) !== undefined) sysctls.write(name, value);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #restore(isRestored: (name: string) => boolean): readonly string[] {
    const { sysctls } = this.#options;
    const restored = Object.entries(this.#former).filter(([name]) => isRestored(name));
    if (restored.length === 0) return [];
    const problems = restored.map(([name, value]) => {
      try {
        // The interface may be gone.
        if (sysctls.read(name) !== undefined) sysctls.write(name, value);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    });
    this.#former = Object.fromEntries(Object.entries(this.#former).filter(([name]) => !isRestored(name)));
    return [...problems.filter((problem) => problem !== undefined), ...this.#writeRecord()];
  }
}

function messageOf(error: unknown): string {
  if (error instanceof LvsctlError) return error.message;
  throw error;
}
