import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { fieldsOf, textOf } from "../../core/json/mod.ts";
import type { Context } from "../context/context.ts";
import { readFile } from "../context/io.ts";
import { outputOfWholeProgram } from "../context/whole_program.ts";
import type { StoredFileOptions } from "../options/store_options.ts";
import { isStoreAddress } from "./default_file.ts";
import { refusePlan } from "./plan_mark.ts";

/** How a command reads a store in place of a file. */
export interface StoreRequest extends StoredFileOptions {
  /**
   * Whether the command changes the table.
   *
   * @default {false}
   */
  readonly changes?: boolean | undefined;
}

/** The text of a configuration. */
export interface ConfigText {
  /** The text. */
  readonly text: string;
  /** Its name in messages; for a file, its path. */
  readonly name: string;
  /** Whether it is from a store, and therefore includes no files. */
  readonly isStored: boolean;
}

/** The options about a store, as command lines have them. */
const OPTIONS = {
  storeCa: "--store-ca",
  storeCert: "--store-cert",
  storeKey: "--store-key",
  storeLogin: "--store-login",
  storeVersion: "--store-version",
} as const;

/** These options as words of a command line, each with its value. */
function wordsOf(options: StoredFileOptions): readonly (readonly [string, string])[] {
  const entries = Object.entries(OPTIONS) as readonly (readonly [keyof typeof OPTIONS, string])[];
  return entries.flatMap(([key, word]) => {
    const value = options[key];
    return value === undefined ? [] : [[word, String(value)] as const];
  });
}

/**
 * Refuses options about a store on a command line that names none.
 *
 * @param files The files and addresses of the command line.
 * @throws {LvsctlError} If it has some.
 */
export function refuseStoreOptions(files: readonly string[], options: StoredFileOptions): void {
  const given = wordsOf(options).map(([word]) => word);
  if (given.length === 0 || files.some(isStoreAddress)) return;
  throw new LvsctlError(`${given.join(", ")} ${given.length === 1 ? "is" : "are"} about a store`, {
    hint: "name one as etcd://HOST:2379/PREFIX in place of the file",
    exitCode: EXIT.usage,
  });
}

/**
 * Reads the text of a configuration.
 *
 * @param source.file The path of a file, "-" for standard input, or the address of a store.
 * @param source.store How a store is read; without it, an address of a store is the path of a file.
 * @throws {LvsctlError} If it cannot be read, or is a saved plan.
 */
export async function readConfigText(
  { io }: Pick<Context, "io">,
  { file, store }: { readonly file: string; readonly store?: StoreRequest | undefined },
): Promise<ConfigText> {
  if (store !== undefined) refuseStoreOptions([file], store);
  if (store === undefined || !isStoreAddress(file)) {
    const text = readFile(io, file);
    refusePlan(text, file);
    return { text, name: file, isStored: false };
  }
  const { number, text, note } = await readStored(file, store);
  if (note !== undefined) io.err(`lvsctl: ${file}: ${note}\n`);
  return { text, name: `${file} (version ${number})`, isStored: true };
}

/** Reads a store; the small bundles do not have its client, and start the whole program for it. */
async function readStored(
  address: string,
  store: StoreRequest,
): Promise<{ readonly number: number; readonly text: string; readonly note?: string | undefined }> {
  let reader: typeof import("../cluster/stored_text.ts");
  try {
    reader = await import("../cluster/stored_text.ts");
  } catch (error) {
    const words = ["__stored", address, ...wordsOf(store).flat(), ...store.changes ? ["--changes"] : []];
    const stored = fieldsOf(JSON.parse(await outputOfWholeProgram(words, error)));
    return { number: Number(stored["number"]), text: textOf(stored["text"]) ?? "", note: textOf(stored["note"]) };
  }
  return await reader.readStoredText(address, { ...store, version: store.storeVersion });
}
