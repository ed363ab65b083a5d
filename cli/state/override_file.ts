import { fieldsOf, isNumber } from "../../core/json/mod.ts";
import { asLvsctlError, LvsctlError } from "../../core/errors/mod.ts";
import {
  formatServiceId,
  isActiveOverride,
  type Override,
  parseIpAddress,
  parseServiceId,
} from "../../core/model/mod.ts";
import { lockStateFile } from "./locked_json_file.ts";
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

/** The file with what operators say of servers. */
export function overridePath({ state }: Directories): string {
  return `${state}/overrides.json`;
}

/**
 * What operators say of servers, without what has ended.
 *
 * @throws {LvsctlError} If the file cannot be read, or is no such file.
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
    text = Deno.readTextFileSync(path);
  } catch (error) {
    // Where there cannot be such a file, nobody has said anything.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw asLvsctlError(error, { operation: "read", object: path });
  }
  return parseOverrides(text, path).filter((override) => isActiveOverride(override, now));
}

/**
 * Changes what operators say of servers; what has ended is forgotten on the way.
 *
 * @param directories Where the file is.
 * @param change Gets what is in force, and gives what is to be.
 * @throws {LvsctlError} If the file cannot be locked or written.
 */
export function updateOverrides(
  directories: Directories,
  change: (overrides: readonly Override[]) => readonly Override[],
): void {
  const now = Date.now();
  using file = lockStateFile(overridePath(directories), { hint: "be root, or set LVSCTL_STATE_DIR" });
  const before = overridesOf(file.read()).filter((override) => isActiveOverride(override, now));
  file.write({ version: 1, overrides: change(before).map(toStored) });
}

/**
 * Reads the text of the file; an entry that is not understood is passed over.
 *
 * @throws {LvsctlError} If it is no such file at all: then nobody can say what operators have said.
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
    hint: "say again what holds, by server weight and server maint: that replaces the file",
  });
}

function overridesOf(value: unknown): Override[] {
  const { version, overrides } = fieldsOf(value);
  return version === 1 && Array.isArray(overrides) ? overrides.flatMap((item) => readOverride(item) ?? []) : [];
}

function readOverride(value: unknown): Override | undefined {
  const { service, address, port, weight, reason, author, at, until, former } = fieldsOf(value);
  if (typeof address !== "string" || !isNumber(at)) return undefined;
  if (weight !== "maint" && !(typeof weight === "number" && Number.isSafeInteger(weight) && weight >= 0)) {
    return undefined;
  }
  if (service !== undefined && typeof service !== "string") return undefined;
  if (port !== undefined && typeof port !== "number") return undefined;
  if (until !== undefined && !isNumber(until)) return undefined;
  const weights = Object.entries(fieldsOf(former)).filter((entry): entry is [string, number] => isNumber(entry[1]));
  try {
    return {
      ...(service === undefined ? {} : { service: parseServiceId(service) }),
      address: parseIpAddress(address),
      ...(port === undefined ? {} : { port }),
      weight,
      ...(typeof reason === "string" ? { reason } : {}),
      ...(typeof author === "string" ? { author } : {}),
      at,
      ...(until === undefined ? {} : { until }),
      ...(weights.length === 0 ? {} : { former: Object.fromEntries(weights) }),
    };
  } catch {
    return undefined;
  }
}

function toStored({ service, ...rest }: Override): StoredOverride {
  return { ...(service === undefined ? {} : { service: formatServiceId(service) }), ...rest };
}
