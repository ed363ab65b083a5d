import { LvsctlError } from "../errors/mod.ts";
import { formatVip, type IpAddress, type Vip, type VipChange } from "../model/mod.ts";
import {
  devicesOfSecondaries,
  type Link,
  type ListedAddress,
  type RouteClient,
  VRRP_ADDRESS_PROTOCOL,
} from "../rtnetlink/mod.ts";

/** Attempts to read interfaces and addresses at the beginning. */
const MOST_READINGS = 100;

/** The place of an address. */
type Place = Pick<Vip, "address" | "device">;

/** A record of added addresses that outlives this process, for kernels that do not mark them (before Linux 5.18). */
export interface AddressRecord {
  /** The addresses that were recorded last; none if there is no record. */
  read(): readonly Vip[];
  /**
   * Replaces the record.
   *
   * @throws {LvsctlError} If it cannot be written.
   */
  write(vips: readonly Vip[]): void;
}

/** Dependencies of {@linkcode MachineAddresses}. */
export interface MachineAddressesOptions {
  /** Interfaces and addresses. */
  readonly routes: RouteClient;
  /** The record of added addresses. */
  readonly record: AddressRecord;
  /** Keeps the other addresses of a subnet when its first one is deleted, until disposal. */
  readonly promote: (devices: readonly string[]) => Disposable;
}

/** The interfaces and addresses of a machine at a moment. */
interface Snapshot {
  readonly links: readonly Link[];
  readonly addresses: readonly ListedAddress[];
}

/** The addresses of a machine, as the virtual routers see and change them. */
export class MachineAddresses {
  readonly #options: MachineAddressesOptions;
  /** The last reading; undefined before the first one. */
  #snapshot: Snapshot | undefined;
  /** The interfaces as they were read last. */
  #links: readonly Link[] = [];
  /** Whether the last reading failed. */
  #isOutdated = false;
  /** The addresses that virtual routers of this machine have added, by place. */
  readonly #added: Map<string, Vip>;
  /** The number of the interface to which each of them was added: the interface may have another name later. */
  readonly #indexes = new Map<string, number>();

  /** Reads the record. */
  constructor(options: MachineAddressesOptions) {
    this.#options = options;
    this.#added = new Map(options.record.read().map((vip) => [formatPlace(vip), vip]));
  }

  /** Reads interfaces and addresses for the following calls. */
  refresh(): void {
    try {
      this.#snapshot = this.#snapshot === undefined ? this.#readPatiently() : this.#read();
      this.#isOutdated = false;
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      // The kernel changes too much at the moment: another look follows, and no router must give up its addresses.
      this.#isOutdated = true;
    }
  }

  /** The number of an interface at the last reading; undefined without one of the name. */
  indexOf(device: string): number | undefined {
    const { links } = this.#snapshot ?? this.#read();
    return links.find(({ name }) => name === device)?.index;
  }

  /**
   * The interfaces that have some names, as they were read last: a change of interfaces leads to another reading, and the
   * kernel may keep a reader waiting. They are read again if one is missing.
   */
  linksOf(devices: readonly string[]): readonly Link[] {
    const known = this.#links;
    const names = new Set(known.map(({ name }) => name));
    return devices.every((device) => names.has(device)) ? known : this.#options.routes.links();
  }

  /**
   * The addresses of an interface that no virtual router has added, in the kernel's order; without those that it must not
   * use, because the detection of duplicates goes on or has found one.
   */
  ownOf(device: string): readonly IpAddress[] {
    const { links, addresses } = this.#snapshot ?? this.#read();
    const index = links.find(({ name }) => name === device)?.index;
    return addresses
      .filter((each) => each.index === index && each.state === "up" && !this.#isAdded({ ...each, device }))
      .map(({ address }) => address);
  }

  /** The addresses that their interfaces lack; none while those cannot be read. */
  absent(vips: readonly Vip[]): readonly Vip[] {
    if (this.#isOutdated || this.#snapshot === undefined) return [];
    const present = placesIn(this.#snapshot);
    return vips.filter((vip) => !present.has(formatPlace(vip)));
  }

  /** Adds addresses, and returns why others could not be added. Present ones are no error. */
  add(vips: readonly Vip[]): readonly string[] {
    return attempt(() => {
      const now = this.#readOr(() => []);
      const present = placesIn(now);
      const absent = vips.filter((vip) => !present.has(formatPlace(vip)));
      for (const vip of absent) this.#added.set(formatPlace(vip), vip);
      // Before they are added, so that they are found after any end of this process.
      const problems = absent.length === 0 ? [] : this.#write();
      const changes = [
        ...deletionsOf(this.#left(vips, now)),
        ...absent.map((vip): VipChange => ({ operation: "addVip", vip })),
      ];
      for (const vip of vips) this.#noteIndex(vip, now);
      return [...problems, ...this.#execute(changes, now)];
    });
  }

  /**
   * Removes addresses, and returns why others could not be removed. Absent ones are no error.
   *
   * @param vips The addresses.
   * @param options.keepsForeign Whether addresses stay that no virtual router has added.
   */
  remove(vips: readonly Vip[], { keepsForeign }: { readonly keepsForeign: boolean }): readonly string[] {
    return attempt(() => {
      const now = this.#readOr(() => this.#expected);
      const marked = new Set(now.addresses.filter(isMarked).map((each) => formatPlace(placed(each, now))));
      const present = placesIn(now);
      const found = vips.filter((vip) => present.has(formatPlace(vip)));
      const isOwn = (vip: Vip): boolean => marked.has(formatPlace(vip)) || this.#added.has(formatPlace(vip));
      const foreign = keepsForeign ? found.filter((vip) => !isOwn(vip)) : [];
      const removed = found.filter((vip) => !foreign.includes(vip));
      const problems = this.#execute(deletionsOf([...removed, ...this.#left(vips, now)]), now);
      const isRecorded = vips.filter((vip) => this.#added.delete(formatPlace(vip))).length > 0;
      for (const vip of vips) this.#indexes.delete(formatPlace(vip));
      return [
        ...problems,
        ...isRecorded ? this.#write() : [],
        ...foreign.map((vip) => `${formatVip(vip)} is an address of the machine itself, and stays`),
      ];
    });
  }

  /**
   * Removes all addresses that virtual routers have added, also those of a process that was killed.
   *
   * @param kept Addresses that stay.
   * @returns The removed addresses.
   * @throws {LvsctlError} If the kernel refuses.
   */
  removeAll(kept: ReadonlySet<string> = new Set()): readonly Vip[] {
    const now = this.#readPatiently();
    const vips = now.addresses.map((each) => ({ ...each, ...placed(each, now) }))
      .filter((each) => (isMarked(each) || this.#added.has(formatPlace(each))) && !kept.has(each.address))
      .map(({ index: _index, ...vip }): Vip => vip);
    const errors = vips.length === 0 ? [] : this.#errors(deletionsOf(vips), now);
    for (const error of errors) if (error.errno !== "EADDRNOTAVAIL") throw error;
    const before = this.#added.size;
    for (const [place, { address }] of this.#added) if (!kept.has(address)) this.#added.delete(place);
    // Without it, as with a full disk, the record has addresses that are not there, and the next change writes it again.
    if (this.#added.size < before) this.#write();
    return vips;
  }

  /** Added addresses on interfaces that have another name since, each with the present name of its interface. */
  #left(vips: readonly Vip[], { links, addresses }: Snapshot): readonly Vip[] {
    return vips.flatMap((vip): Vip[] => {
      const index = this.#indexes.get(formatPlace(vip));
      const link = links.find((each) => each.index === index);
      if (link === undefined || link.name === vip.device) return [];
      const isThere = addresses.some((each) => each.index === index && each.address === vip.address);
      return isThere ? [{ ...vip, device: link.name }] : [];
    });
  }

  #noteIndex(vip: Vip, { links }: Snapshot): void {
    const index = links.find(({ name }) => name === vip.device)?.index;
    if (index !== undefined) this.#indexes.set(formatPlace(vip), index);
  }

  #read(): Snapshot {
    const { routes } = this.#options;
    this.#links = routes.links();
    return { links: this.#links, addresses: routes.addresses() };
  }

  /** The present state, or the expected one while the kernel changes too much to list it: a director that yields must not wait. */
  #readOr(expected: () => readonly ListedAddress[]): Snapshot {
    try {
      return this.#read();
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      return { links: this.#links, addresses: expected() };
    }
  }

  /** The addresses of the last reading, and those that were added. */
  get #expected(): readonly ListedAddress[] {
    const links = this.#links;
    const before = this.#snapshot?.addresses ?? [];
    const present = placesIn({ links, addresses: before });
    const added = [...this.#added].filter(([place]) => !present.has(place)).flatMap(([, vip]): ListedAddress[] => {
      const index = links.find(({ name }) => name === vip.device)?.index;
      return index === undefined ? [] : [{ ...vip, index, state: "up", protocol: VRRP_ADDRESS_PROTOCOL }];
    });
    return [...before, ...added];
  }

  /** The present state, for a beginning, which has none before it: another program may change addresses all the time. */
  #readPatiently(): Snapshot {
    for (let attempt = 1;; attempt++) {
      try {
        return this.#read();
      } catch (error) {
        if (!(error instanceof LvsctlError) || attempt === MOST_READINGS) throw error;
      }
    }
  }

  #isAdded(address: ListedAddress & Place): boolean {
    return isMarked(address) || this.#added.has(formatPlace(address));
  }

  #write(): readonly string[] {
    return attempt(() => {
      this.#options.record.write([...this.#added.values()]);
      return [];
    });
  }

  /** Runs changes, and returns the messages of errors that matter. */
  #execute(changes: readonly VipChange[], now: Snapshot): readonly string[] {
    if (changes.length === 0) return [];
    return this.#errors(changes, now)
      .filter(({ errno }) => errno !== "EEXIST" && errno !== "EADDRNOTAVAIL")
      .map(({ message }) => message);
  }

  /** Runs changes. The deletion of a subnet's first address keeps the others, unlike in the kernel by default. */
  #errors(changes: readonly VipChange[], now: Snapshot): readonly LvsctlError[] {
    const devices = devicesOfSecondaries(changes, now);
    using _promotion = devices.length === 0 ? undefined : this.#promoteIfPossible(devices);
    const { links } = now;
    return [...this.#options.routes.execute(changes, { links, protocol: VRRP_ADDRESS_PROTOCOL }).values()];
  }

  /** A director that yields must give up its addresses in any case: the routers add what is lost with them again. */
  #promoteIfPossible(devices: readonly string[]): Disposable | undefined {
    try {
      return this.#options.promote(devices);
    } catch (error) {
      if (error instanceof LvsctlError) return undefined;
      throw error;
    }
  }
}

/** Deletions, with the first address of a subnet last, because the kernel deletes the others with it. */
function deletionsOf(vips: readonly Vip[]): readonly VipChange[] {
  return vips.toReversed().map((vip) => ({ operation: "deleteVip", vip }));
}

function isMarked({ protocol }: Pick<ListedAddress, "protocol">): boolean {
  return protocol === VRRP_ADDRESS_PROTOCOL;
}

function placed({ address, index }: ListedAddress, { links }: Snapshot): Place {
  return { address, device: links.find((link) => link.index === index)?.name ?? "" };
}

function placesIn(snapshot: Snapshot): ReadonlySet<string> {
  return new Set(snapshot.addresses.map((each) => formatPlace(placed(each, snapshot))));
}

function formatPlace({ device, address }: Place): string {
  return `${device} ${address}`;
}

function attempt(run: () => readonly string[]): readonly string[] {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    return [error.message];
  }
}
