import { EEXIST, EINTR, EINVAL, ENETUNREACH, ENODEV, ESRCH } from "./errnos.ts";
import type { MemoryKernelOptions } from "./options.ts";
import { attribute, little, parseAttributes, readText, readU16, readU32, text } from "./wire.ts";

const MASTER = 1;
const BACKUP = 2;

/** IPv4 and UDP headers; IPv6 and UDP headers. */
const HEADER_BYTES = { group: 28, group6: 48 } as const;

interface SyncDaemon {
  readonly interface: string;
  readonly syncId: number;
  readonly maxLength: number;
  readonly port: number;
  readonly ttl: number;
  readonly group: readonly number[];
}

/** The threads that send and receive connections. */
export class SyncDaemons {
  readonly #running = new Map<number, SyncDaemon>();

  /** Whether a daemon runs: then every server must have the family of its service. */
  get areRunning(): boolean {
    return this.#running.size > 0;
  }

  /** NEW_DAEMON. */
  start(
    nested: Uint8Array | undefined,
    kernel: { readonly options: Required<MemoryKernelOptions>; readonly hasMixedFamilies: boolean },
  ): number {
    if (nested === undefined) return EINVAL;
    const attributes = parseAttributes(nested);
    const [state, name, syncId, maxLength, group, group6, port, ttl] = [1, 2, 3, 4, 5, 6, 7, 8]
      .map((type) => attributes.get(type));
    if (state === undefined || name === undefined || syncId === undefined) return EINVAL;
    if (group !== undefined ? ((group[0] ?? 0) & 0xf0) !== 0xe0 : group6 !== undefined && group6[0] !== 0xff) {
      return EINVAL;
    }
    if (kernel.hasMixedFamilies) return EINVAL;
    const device = readText(name) ?? "";
    const mtu = kernel.options.interfaces[device];
    if (mtu === undefined) return ENODEV;
    const role = readU32(state);
    if (role !== MASTER && role !== BACKUP) return EINVAL;
    if (this.#running.has(role)) return EEXIST;
    const isIpv6 = group === undefined && group6 !== undefined;
    // The loopback interface has no route for the multicasts of IPv6.
    if (isIpv6 && role === MASTER && device === "lo") return ENETUNREACH;
    const headers = isIpv6 ? HEADER_BYTES.group6 : HEADER_BYTES.group;
    const asked = maxLength === undefined ? 0 : readU16(maxLength);
    const [shortest, usual] = role === BACKUP ? [1024, clamp(mtu, 1500, 65535)] : [1, 1500];
    this.#running.set(role, {
      interface: device,
      syncId: readU32(syncId),
      maxLength: asked === 0 ? usual - headers : clamp(asked, shortest, 65535 - headers),
      port: port === undefined || readU16(port) === 0 ? 8848 : readU16(port),
      ttl: ttl?.[0] === undefined || ttl[0] === 0 ? 1 : ttl[0],
      group: [...(group ?? group6 ?? [224, 0, 0, 81])],
    });
    return 0;
  }

  /**
   * DEL_DAEMON. The kernel's result is EINTR for a thread that is stopped before it ran, which netlink does not answer.
   * This kernel always has that result, because it is the worst case.
   */
  stop(nested: Uint8Array | undefined): number {
    const state = nested === undefined ? undefined : parseAttributes(nested).get(1);
    if (state === undefined) return EINVAL;
    const role = readU32(state);
    if (role !== MASTER && role !== BACKUP) return EINVAL;
    return this.#running.delete(role) ? EINTR : ESRCH;
  }

  /** The attributes DAEMON of a dump: the master first. */
  encode(): number[][] {
    return [MASTER, BACKUP].flatMap((role) => {
      const daemon = this.#running.get(role);
      if (daemon === undefined) return [];
      return [attribute(3, [
        ...attribute(1, little(role, 4)),
        ...attribute(2, text(daemon.interface)),
        ...attribute(3, little(daemon.syncId, 4)),
        ...attribute(4, little(daemon.maxLength, 2)),
        ...attribute(7, little(daemon.port, 2)),
        ...attribute(8, little(daemon.ttl, 1)),
        ...attribute(daemon.group.length === 4 ? 5 : 6, daemon.group),
      ])];
    });
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
