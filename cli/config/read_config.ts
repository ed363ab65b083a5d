import {
  type ConfigFile,
  type DiscoveryResolver,
  formatProblem,
  type HostResolver,
  readConfig,
  type Warning,
} from "../../core/config/mod.ts";
import type { FindingHost } from "../../core/findings/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { type Io, readFile } from "../context/io.ts";
import type { Surroundings } from "../context/surroundings.ts";

/** The part of this machine's state that warnings need and any user can read. */
export function lintHost({ sysctl }: Surroundings): FindingHost {
  const expires = sysctl("net/ipv4/vs/expire_quiescent_template");
  return { expiresQuiescentTemplates: expires === undefined ? undefined : expires !== "0" };
}

/** Prints the warnings on standard error, one line each. */
export function printWarnings(
  io: Io,
  { file, warnings }: { readonly file: string; readonly warnings: readonly Warning[] },
): void {
  for (const warning of warnings) io.err(`lvsctl: ${formatWarning(file, warning)}\n`);
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
 * @throws {LvsctlError} If the file cannot be read or is not valid.
 */
export async function readForReview(
  { io, surroundings }: Context,
  file: string,
  options: { readonly machine?: FindingHost } = {},
): Promise<ConfigFile> {
  const { files, variables, host } = surroundings;
  const lint = { ...lintHost(surroundings), ...options.machine };
  return await readConfig(readFile(io, file), { file, files, variables, host, lint });
}

/**
 * Reads a file for a change of the table: with included files, environment variables and the addresses of host names.
 *
 * @param file The file's path; "-" is standard input.
 * @param options.warn Prints warnings on standard error.
 * @throws {LvsctlError} If the file cannot be read or is not valid, or if a host name has no address.
 */
export async function readDesired(
  context: Context,
  file: string,
  options: { readonly warn?: boolean } = {},
): Promise<DesiredState> {
  return await parseDesired(context, readFile(context.io, file), { file, ...options });
}

/**
 * Reads a file as {@linkcode readDesired} does, but leaves out host names without an address: its services name them.
 *
 * @param options.resolve The resolver of host names.
 * @param options.discover The resolver of sources.
 * @param options.warn Looks for warnings; the caller reports them.
 * @param options.read Reads the file itself; by default as the command line's, which may be a stream.
 * @param options.includes Whether it may include other files; by default it may.
 * @throws {LvsctlError} If the file cannot be read or is not valid.
 */
export async function readAvailable(
  { io, surroundings }: Context,
  file: string,
  options: {
    readonly resolve: HostResolver;
    readonly discover: DiscoveryResolver;
    readonly warn: boolean;
    readonly read?: ((file: string) => string) | undefined;
    readonly includes?: boolean | undefined;
  },
): Promise<ConfigFile> {
  const { resolve, discover, warn, read = (path) => readFile(io, path), includes = true } = options;
  const { files, variables, host } = surroundings;
  const lint = warn ? lintHost(surroundings) : undefined;
  const including = includes ? { files } : {};
  const access = { ...including, variables, host, resolve, discover };
  return await readConfig(read(file), { file, ...access, lint, omitsUnresolved: true });
}

/** The reasons why host names of a file have no usable address, by name. */
export function unresolvedHosts({ services }: DesiredState): ReadonlyMap<string, string> {
  const entries = services.flatMap(({ unresolved = [] }) =>
    unresolved.map(({ host, reason }): [string, string] => [host, reason])
  );
  return new Map(entries);
}

/**
 * As {@linkcode readDesired}, for the text of a file.
 *
 * @throws {LvsctlError} If the file is not valid, or if a host name has no address.
 */
export async function parseDesired(
  { io, surroundings }: Context,
  text: string,
  options: { readonly file: string; readonly warn?: boolean },
): Promise<DesiredState> {
  const { file, warn } = options;
  const { files, variables, resolve, discover, host } = surroundings;
  const { desired, warnings } = await readConfig(text, {
    file,
    files,
    variables,
    host,
    resolve,
    discover,
    lint: warn ? lintHost(surroundings) : undefined,
  });
  printWarnings(io, { file, warnings });
  return desired;
}
