import { readOwnFile } from "../../core/files/mod.ts";
import { fieldsOf, isCount, itemsOf, textOf } from "../../core/json/mod.ts";
import { isIpAddress, type Vip } from "../../core/model/mod.ts";
import type { AddressRecord } from "../../core/vrrp/mod.ts";
import { replaceOwnFile } from "../state/atomic_file.ts";
import type { Directories } from "../state/directories.ts";
import { tableNamespace } from "../state/namespace.ts";

/** The file of the addresses that virtual routers have added, for kernels before 5.18, which do not mark them. */
export class VrrpFile implements AddressRecord {
  /** Undefined without a directory: then nothing is recorded. */
  readonly #path: string | undefined;

  /**
   * Reads and writes nothing yet.
   *
   * @param directories The directory of the file; undefined without one.
   */
  constructor(directories: Pick<Directories, "run"> | undefined) {
    this.#path = directories === undefined ? undefined : `${directories.run}/vrrp-${tableNamespace()}.json`;
  }

  read(): readonly Vip[] {
    if (this.#path === undefined) return [];
    try {
      return itemsOf(JSON.parse(readOwnFile(this.#path))).flatMap(readVip);
    } catch {
      // The file usually does not exist; one that cannot be read counts as empty.
      return [];
    }
  }

  write(vips: readonly Vip[]): void {
    if (this.#path === undefined) return;
    const places = vips.map(({ address, prefixLength, device }) => ({ address, prefix_length: prefixLength, device }));
    replaceOwnFile(this.#path, `${JSON.stringify(places)}\n`);
  }
}

function readVip(stored: unknown): readonly Vip[] {
  const { address: text, device: name, prefix_length: prefixLength } = fieldsOf(stored);
  const address = textOf(text);
  const device = textOf(name);
  if (address === undefined || !isIpAddress(address) || device === undefined || !isCount(prefixLength)) return [];
  return [{ address, prefixLength, device, scope: "global", dad: false, prefixRoute: true }];
}
