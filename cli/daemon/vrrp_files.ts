import { readOwnFile } from "../../core/files/mod.ts";
import { fieldsOf, isCount, itemsOf, textOf } from "../../core/json/mod.ts";
import { isIpAddress, type Vip } from "../../core/model/mod.ts";
import type { AddressRecord, SysctlRecord } from "../../core/vrrp/mod.ts";
import { replaceOwnFile } from "../state/atomic_file.ts";
import type { Directories } from "../state/directories.ts";
import { tableNamespace } from "../state/namespace.ts";
import type { SyncPlace, SyncRecord } from "./sync_follower.ts";

/** The path at which another daemon connects to the process of the virtual routers; undefined without a directory. */
export function speakerSocket(directories: Pick<Directories, "run"> | undefined): string | undefined {
  return directories === undefined ? undefined : `${directories.run}/vrrp-${tableNamespace()}.sock`;
}

/** What the virtual routers of a network namespace have changed on the machine, in three files. */
export class VrrpFiles {
  /** The added addresses, for kernels before 5.18, which do not mark them. */
  readonly addresses: AddressRecord;
  /** The former values of kernel settings. */
  readonly sysctls: SysctlRecord;
  /** The sync daemons that follow an instance. */
  readonly sync: SyncRecord;

  /**
   * Reads and writes nothing yet.
   *
   * @param directories The directory of the files; undefined without one: then nothing is recorded.
   */
  constructor(directories: Pick<Directories, "run"> | undefined) {
    const path = (name: string): string | undefined =>
      directories === undefined ? undefined : `${directories.run}/vrrp-${name}-${tableNamespace()}.json`;
    const [addresses, sysctls, sync] = [path("addresses"), path("sysctls"), path("sync")];
    this.addresses = {
      read: () => itemsOf(readStored(addresses)).flatMap(readVip),
      write: (vips) =>
        writeStored(
          addresses,
          vips.map(({ address, prefixLength, device }) => ({ address, prefix_length: prefixLength, device })),
        ),
    };
    this.sysctls = {
      read: () =>
        Object.fromEntries(
          Object.entries(fieldsOf(readStored(sysctls)))
            .flatMap(([name, value]): [string, string][] => typeof value === "string" ? [[name, value]] : []),
        ),
      write: (values) => writeStored(sysctls, values),
    };
    this.sync = {
      read: () => readPlace(readStored(sync)),
      write: (place) =>
        writeStored(sync, place === undefined ? null : { interface: place.interface, sync_id: place.syncId }),
    };
  }
}

/** The content of a file; undefined if it does not exist, which is usual, or cannot be read. */
function readStored(path: string | undefined): unknown {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(readOwnFile(path));
  } catch {
    return undefined;
  }
}

function writeStored(path: string | undefined, value: unknown): void {
  if (path !== undefined) replaceOwnFile(path, `${JSON.stringify(value)}\n`);
}

function readPlace(stored: unknown): SyncPlace | undefined {
  const { interface: name, sync_id: syncId } = fieldsOf(stored);
  const device = textOf(name);
  return device === undefined || !isCount(syncId) ? undefined : { interface: device, syncId };
}

function readVip(stored: unknown): readonly Vip[] {
  const { address: text, device: name, prefix_length: prefixLength } = fieldsOf(stored);
  const address = textOf(text);
  const device = textOf(name);
  if (address === undefined || !isIpAddress(address) || device === undefined || !isCount(prefixLength)) return [];
  return [{ address, prefixLength, device, scope: "global", dad: false, prefixRoute: true }];
}
