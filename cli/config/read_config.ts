import { type ConfigFile, formatProblem, type LintHost, readConfig, type Warning } from "../../core/config/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { type Io, readFile } from "../context/io.ts";
import { type Surroundings, systemSurroundings } from "../context/surroundings.ts";

/** What warnings need of the machine, as far as that can be had by anybody. */
export function lintHost({ sysctl }: Surroundings): LintHost {
  const expires = sysctl("net/ipv4/vs/expire_quiescent_template");
  return { expiresQuiescentTemplates: expires === undefined ? undefined : expires !== "0" };
}

/** Tells the warnings, one line each. */
export function printWarnings(
  io: Io,
  { file, warnings }: { readonly file: string; readonly warnings: readonly Warning[] },
): void {
  for (const warning of warnings) io.err(`lvsctl: ${formatWarning(file, warning)}\n`);
}

/** A warning as one line, with the word by which it can be allowed. */
export function formatWarning(file: string, warning: Warning): string {
  const message = `warning: ${warning.message} [${warning.code}]`;
  return formatProblem(file, { ...warning, message });
}

/**
 * Reads a file without looking up the names of hosts, with warnings.
 *
 * @param file Its path; "-" is standard input.
 * @param options.machine What is known of the machine beside what anybody can read.
 * @throws {LvsctlError} If it cannot be read or is not valid.
 */
export async function readForReview(
  { io, surroundings = systemSurroundings(io) }: Context,
  file: string,
  options: { readonly machine?: LintHost } = {},
): Promise<ConfigFile> {
  const { files, variables } = surroundings;
  const lint = { ...lintHost(surroundings), ...options.machine };
  return await readConfig(readFile(io, file), { file, files, variables, lint });
}

/**
 * Reads a file to bring it about: with the files that it includes, the environment, and the addresses of hosts.
 *
 * @param file Its path; "-" is standard input.
 * @param options.warn Tells what is legal and most probably not meant, on standard error.
 * @throws {LvsctlError} If it cannot be read or is not valid, or if a host has no address.
 */
export async function readDesired(
  context: Context,
  file: string,
  options: { readonly warn?: boolean } = {},
): Promise<DesiredState> {
  return await parseDesired(context, readFile(context.io, file), { file, ...options });
}

/**
 * As {@linkcode readDesired}, for a file whose text is there already.
 *
 * @throws {LvsctlError} If it is not valid, or if a host has no address.
 */
export async function parseDesired(
  { io, surroundings = systemSurroundings(io) }: Context,
  text: string,
  options: { readonly file: string; readonly warn?: boolean },
): Promise<DesiredState> {
  const { file, warn } = options;
  const { files, variables, resolve } = surroundings;
  const { desired, warnings } = await readConfig(text, {
    file,
    files,
    variables,
    resolve,
    lint: warn ? lintHost(surroundings) : undefined,
  });
  printWarnings(io, { file, warnings });
  return desired;
}
