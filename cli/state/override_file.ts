import { fieldsOf, isCount, isNumber, itemsOf, textOf } from "../../core/json/mod.ts";
import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import { readOwnFile } from "../../core/files/mod.ts";
import {
  defined,
  formatServiceId,
  isActiveOverride,
  oneLine,
  type Override,
  parseIpAddress,
  parseServiceId,
} from "../../core/model/mod.ts";
import { lockJsonFile } from "./locked_json_file.ts";
import type { Directories } from "./directories.ts";

/** An override as the file has it. */
interface StoredOverride {
  readonly service?: string;
  readonly address: string;
  readonly port?: number;
  readonly weight: number | "maint";
  readonly reason?: string;
  readonly author?: string;
  readonly at: number;
  readonly until?: number;
  readonly former?: Readonly<Record<string, number>>;
}

/** The file of the overrides. */
export function overridePath({ state }: Directories): string {
  return `${state}/overrides.json`;
}

/**
 * Reads the active overrides.
 *
 * @param options.now Current time; milliseconds since 1970.
 * @throws {LvsctlError} If the file cannot be read, or is not a file of overrides.
 */
export function readOverrides(
  directories: Directories | undefined,
  options: { readonly now?: number } = {},
): Override[] {
  if (directories === undefined) return [];
  const path = overridePath(directories);
  const { now = Date.now() } = options;
  let text: string;
  try {
    text = readOwnFile(path);
  } catch (error) {
    // A missing file means no overrides.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw asLvsctlError(error, { operation: "read", object: path });
  }
  return parseOverrides(text, path).filter((override) => isActiveOverride(override, now));
}

/**
 * Changes the overrides and removes those that have ended.
 *
 * @param directories The directories of the file.
 * @param change Called with the active overrides; returns the new ones.
 * @throws {LvsctlError} If the file cannot be locked or written.
 */
export function updateOverrides(
  directories: Directories,
  change: (overrides: readonly Override[]) => readonly Override[],
): void {
  const now = Date.now();
  using file = lockJsonFile(overridePath(directories), { hint: "run it as root, or set LVSCTL_STATE_DIR" });
  const before = overridesOf(file.read()).filter((override) => isActiveOverride(override, now));
  file.write({ version: 1, overrides: change(before).map(toStored) });
}

/**
 * Parses the text of the file and skips invalid entries.
 *
 * @throws {LvsctlError} If it is not a file of overrides: then the overrides are unknown.
 */
function parseOverrides(text: string, path: string): Override[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (fieldsOf(value)["version"] === 1) return overridesOf(value);
  throw new LvsctlError("it is not a file of overrides that this version understands", {
    operation: "read",
    object: path,
    hint: "set the overrides again with server weight and server maint: that replaces the file",
  });
}

function overridesOf(value: unknown): Override[] {
  const { version, overrides } = fieldsOf(value);
  return version === 1 ? itemsOf(overrides).flatMap((item) => parseOverride(item) ?? []) : [];
}

function parseOverride(value: unknown): Override | undefined {
  const { service, address, port, weight, reason, author, at, until, former } = fieldsOf(value);
  if (typeof address !== "string" || !isNumber(at)) return undefined;
  const known: Override["weight"] | undefined = weight === "maint" || isCount(weight) ? weight : undefined;
  if (known === undefined) return undefined;
  if (service !== undefined && typeof service !== "string") return undefined;
  if (port !== undefined && typeof port !== "number") return undefined;
  if (until !== undefined && !isNumber(until)) return undefined;
  const weights = Object.entries(fieldsOf(former)).filter((entry): entry is [string, number] => isNumber(entry[1]));
  try {
    return defined({
      service: service === undefined ? undefined : parseServiceId(service),
      address: parseIpAddress(address),
      port,
      weight: known,
      reason: lineOf(reason),
      author: lineOf(author),
      at,
      until,
      former: weights.length === 0 ? undefined : Object.fromEntries(weights),
    });
  } catch {
    return undefined;
  }
}

/** A stored text as one line of a message. */
function lineOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : oneLine(text);
}

function toStored({ service, ...rest }: Override): StoredOverride {
  return defined({ service: service === undefined ? undefined : formatServiceId(service), ...rest });
}
