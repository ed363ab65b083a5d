import {
  type ConfigFile,
  type ConfigOptions,
  type DiscoveryResolver,
  formatProblem,
  type HostResolver,
  readConfig,
  type Warning,
} from "../../core/config/mod.ts";
import type { FindingHost } from "../../core/findings/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import type { Io } from "../context/io.ts";
import type { Surroundings } from "../context/surroundings.ts";
import { ReadingProgress } from "../terminal/reading_progress.ts";
import { readConfigText, type StoreRequest } from "./config_text.ts";
import { refusePlan } from "./plan_mark.ts";

/** The part of this machine's state that warnings need and any user can read. */
export function lintHost({ sysctl }: Surroundings): FindingHost {
  const expires = sysctl("net/ipv4/vs/expire_quiescent_template");
  return { expiresQuiescentTemplates: expires === undefined ? undefined : expires !== "0" };
}

/** Most warnings that are printed of a file, as many as problems. */
const MAX_WARNINGS = 500;

/** Prints the warnings on standard error, one line each, and the number of those beyond the first 500. */
export function printWarnings(
  io: Io,
  { file, warnings }: { readonly file: string; readonly warnings: readonly Warning[] },
): void {
  for (const warning of warnings.slice(0, MAX_WARNINGS)) io.err(`lvsctl: ${formatWarning(file, warning)}\n`);
  const unlisted = warnings.length - MAX_WARNINGS;
  if (unlisted > 0) io.err(`lvsctl: not listed: ${unlisted} more ${unlisted === 1 ? "warning" : "warnings"}\n`);
}

/** A warning as one line, with the code by which a comment can allow it. */
export function formatWarning(file: string, warning: Warning): string {
  return formatProblem(file, { ...warning, message: `${warning.severity ?? "warning"}: ${codedMessage(warning)}` });
}

/** A warning as one line of a log, whose records have the severity. */
export function formatLoggedWarning(file: string, warning: Warning): string {
  return formatProblem(file, { ...warning, message: codedMessage(warning) });
}

function codedMessage({ message, code }: Warning): string {
  return `${message} [${code}]`;
}

/**
 * Reads a file with its warnings, without resolving host names.
 *
 * @param file The file's path; "-" is standard input.
 * @param options.machine State of the machine in addition to the part that any user can read.
 * @param options.store How a store is read, whose address may be in place of the path.
 * @throws {LvsctlError} If the file cannot be read or is not valid.
 */
export async function readForReview(
  context: Context,
  file: string,
  options: { readonly machine?: FindingHost | undefined; readonly store?: StoreRequest | undefined } = {},
): Promise<ConfigFile> {
  const { surroundings } = context;
  const { variables, host, labels } = surroundings;
  const { machine, store } = options;
  const { text, name, isStored } = await readConfigText(context, { file, store });
  const lint = { ...lintHost(surroundings), ...machine };
  using reading = new ReadingProgress(context);
  reading.add(text, { name });
  const including = includingOf(surroundings, { includes: !isStored, reading });
  return await readConfig(text, { file: name, ...including, variables, host, labels, lint });
}

/** The files that a file may include. */
function includingOf(
  { files }: Surroundings,
  { includes, reading }: { readonly includes: boolean; readonly reading?: ReadingProgress | undefined },
): Pick<ConfigOptions, "files"> {
  if (!includes) return {};
  const readFile = (path: string): string => {
    const text = files.readFile(path);
    reading?.add(text, { name: path });
    return text;
  };
  const listDirectory = (path: string): readonly string[] => files.listDirectory(path);
  return { files: { readFile, listDirectory, realPath: (path) => files.realPath(path) } };
}

/** Options of {@linkcode readAvailable}. */
export interface ReadAvailableOptions {
  /** The resolver of host names. */
  readonly resolve: HostResolver;
  /** The resolver of sources. */
  readonly discover: DiscoveryResolver;
  /** Whether it looks for warnings; the caller reports them. */
  readonly warn: boolean;
  /** How a store is read, whose address may be in place of the path. */
  readonly store?: StoreRequest | undefined;
  /** Reads the text; by default that of a command line's file, which may be a stream. */
  readonly read?: ((file: string) => string) | undefined;
  /**
   * Whether the text that `read` returns may include files.
   *
   * @default {true}
   */
  readonly includes?: boolean | undefined;
}

/**
 * Reads a file for the checks of its servers. It leaves out host names without an address: their services name them.
 *
 * @throws {LvsctlError} If the file cannot be read or is not valid.
 */
export async function readAvailable(
  context: Context,
  file: string,
  options: ReadAvailableOptions,
): Promise<ConfigFile> {
  const { surroundings } = context;
  const { resolve, discover, warn, store, read, includes = true } = options;
  const { text, name, isStored } = read === undefined
    ? await readConfigText(context, { file, store })
    : { text: read(file), name: file, isStored: !includes };
  if (!isStored) refusePlan(text, file);
  const { variables, host, labels } = surroundings;
  const lint = warn ? lintHost(surroundings) : undefined;
  // A daemon has a log in place of a terminal.
  using reading = read === undefined ? new ReadingProgress(context) : undefined;
  reading?.add(text, { name });
  const access = {
    ...includingOf(surroundings, { includes: !isStored, reading }),
    variables,
    host,
    labels,
    resolve,
    discover,
  };
  return await readConfig(text, { file: name, ...access, lint, omitsUnresolved: true });
}

/** The reasons why host names of a file have no usable address, by name. */
export function unresolvedHosts({ services }: DesiredState): ReadonlyMap<string, string> {
  const entries = services.flatMap(({ unresolved = [] }) =>
    unresolved.map(({ host, reason }): [string, string] => [host, reason])
  );
  return new Map(entries);
}

/**
 * Reads the text of a file for a change of the table: with environment variables and the addresses of host names.
 *
 * @param options.file The file's path; "-" is standard input.
 * @param options.includes Whether it may include other files.
 * @param options.omitsUnresolved Whether host names without an address are left out.
 * @throws {LvsctlError} If the file is not valid, or if a host name has no address.
 */
export async function parseDesired(
  context: Context,
  text: string,
  { file, includes, omitsUnresolved }: {
    readonly file: string;
    readonly includes: boolean;
    readonly omitsUnresolved?: boolean | undefined;
  },
): Promise<Pick<ConfigFile, "desired" | "sources">> {
  const { surroundings } = context;
  const { variables, resolve, discover, host, labels } = surroundings;
  using reading = new ReadingProgress(context);
  reading.add(text, { name: file });
  const access = { ...includingOf(surroundings, { includes, reading }), variables, host, labels, resolve, discover };
  return await readConfig(text, { file, ...access, omitsUnresolved });
}
