import type { Vip } from "../../core/model/mod.ts";
import type { OwnedVips } from "../../core/rtnetlink/mod.ts";
import { updateStateFile } from "./locked_json_file.ts";
import { tableNamespace } from "./namespace.ts";

type Key = Pick<Vip, "address" | "device">;

/**
 * The addresses that lvsctl added, in a file: for kernels before 5.18, which do not keep the mark. Elsewhere the file
 * is never made.
 */
export class VipFile implements OwnedVips {
  readonly #path: string;
  #known: ReadonlySet<string> | undefined;

  /**
   * Reads and writes nothing yet.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether lvsctl added the address. */
  has(vip: Key): boolean {
    this.#known ??= new Set(keysOf(this.#read()));
    return this.#known.has(keyOf(vip));
  }

  /** Notes that these were added, and those deleted. */
  update({ added, deleted }: { readonly added: readonly Vip[]; readonly deleted: readonly Vip[] }): void {
    if (added.length === 0 && !deleted.some((vip) => this.has(vip))) return;
    this.#known = updateStateFile(this.#path, (stored) => {
      const keys = new Set(keysOf(stored));
      for (const vip of deleted) keys.delete(keyOf(vip));
      for (const vip of added) keys.add(keyOf(vip));
      return { result: keys, state: [...keys] };
    });
  }

  #read(): unknown {
    try {
      return JSON.parse(Deno.readTextFileSync(this.#path));
    } catch {
      // No file is what there usually is; and of one that cannot be read, nothing is known.
      return undefined;
    }
  }
}

function keysOf(stored: unknown): string[] {
  return Array.isArray(stored) ? stored.filter((key) => typeof key === "string") : [];
}

function keyOf({ address, device }: Key): string {
  return `${tableNamespace()} ${device} ${address}`;
}
