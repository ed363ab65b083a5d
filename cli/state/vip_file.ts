import { readOwnFile } from "../../core/files/mod.ts";
import { itemsOf } from "../../core/json/mod.ts";
import type { Vip } from "../../core/model/mod.ts";
import type { OwnedVips } from "../../core/rtnetlink/mod.ts";
import { lockJsonFile } from "./locked_json_file.ts";
import type { Directories } from "./directories.ts";
import { tableNamespace } from "./namespace.ts";

/** The place of an address, which identifies it. */
export type VipPlace = Pick<Vip, "address" | "device">;

/**
 * The file of the addresses that lvsctl added: for kernels before 5.18, which do not store an address's protocol. On
 * later kernels the file is never created.
 */
export class VipFile implements OwnedVips {
  readonly #path: string;
  #known: ReadonlySet<string> | undefined;

  /**
   * Reads and writes nothing yet.
   *
   * @param directories The directory of the file.
   */
  constructor({ run }: Pick<Directories, "run">) {
    this.#path = `${run}/vips.json`;
  }

  /** Whether lvsctl added the address. */
  has(vip: VipPlace): boolean {
    this.#known ??= new Set(keysOf(this.#read()));
    return this.#known.has(keyOf(vip));
  }

  /** Records added and deleted addresses. */
  update({ added, deleted }: { readonly added: readonly Vip[]; readonly deleted: readonly Vip[] }): void {
    if (added.length === 0 && !deleted.some((vip) => this.has(vip))) return;
    using file = lockJsonFile(this.#path, { hint: "run it as root, or set LVSCTL_RUN_DIR" });
    const keys = new Set(keysOf(file.read()));
    for (const vip of deleted) keys.delete(keyOf(vip));
    for (const vip of added) keys.add(keyOf(vip));
    file.write([...keys]);
    this.#known = keys;
  }

  #read(): unknown {
    try {
      return JSON.parse(readOwnFile(this.#path));
    } catch {
      // The file usually does not exist; one that cannot be read counts as empty.
      return undefined;
    }
  }
}

function keysOf(stored: unknown): string[] {
  return itemsOf(stored).filter((key) => typeof key === "string");
}

function keyOf({ address, device }: VipPlace): string {
  return `${tableNamespace()} ${device} ${address}`;
}
