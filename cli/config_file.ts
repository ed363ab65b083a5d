import {
  type ConfigFile,
  type ConfigOptions,
  formatProblem,
  type LintMachine,
  readConfig,
  type Warning,
} from "../core/config/mod.ts";
import { asLvsctlError, EXIT } from "../core/errors/mod.ts";
import type { DesiredState } from "../core/model/mod.ts";
import { type Context, readFile } from "./context.ts";
import type { Io } from "./io.ts";

/** What reading configuration files needs beside their text: other files, the environment, names of hosts, sysctls. */
export interface Surroundings extends Required<Omit<ConfigOptions, "file">> {
  /** The value of a sysctl by its path below /proc/sys; undefined where it cannot be read. */
  sysctl(path: string): string | undefined;
}

/** The surroundings of the real program. */
export function systemSurroundings(io: Io): Surroundings {
  return {
    files: {
      // Standard input has no name that a file could include.
      readFile: (path) => readFile(io, path === "-" ? "./-" : path),
      listDirectory,
      realPath,
    },
    variables: (name) => Deno.env.get(name),
    resolve: async (name) => {
      const { openHostAddresses } = await import("../core/open_names.ts");
      using hosts = openHostAddresses();
      return await hosts.find(name);
    },
    sysctl: (path) => {
      try {
        return Deno.readTextFileSync(`/proc/sys/${path}`).trim();
      } catch {
        // The module is not loaded, or /proc is hidden: then nothing is known.
        return undefined;
      }
    },
  };
}

function listDirectory(path: string): readonly string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw asLvsctlError(error, { operation: "read", object: path, exitCode: EXIT.usage });
  }
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Reading the file will say what is wrong with it.
    return path;
  }
}

/** What warnings need of the machine, as far as that can be had by anybody. */
export function lintMachine({ sysctl }: Surroundings): LintMachine {
  const expires = sysctl("net/ipv4/vs/expire_quiescent_template");
  return expires === undefined ? {} : { expiresQuiescentTemplates: expires !== "0" };
}

/** Tells the warnings, one line each. */
export function printWarnings(io: Io, file: string, warnings: readonly Warning[]): void {
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
  options: { readonly machine?: LintMachine } = {},
): Promise<ConfigFile> {
  const { files, variables } = surroundings;
  const lint = { ...lintMachine(surroundings), ...options.machine };
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
    ...(warn ? { lint: lintMachine(surroundings) } : {}),
  });
  printWarnings(io, file, warnings);
  return desired;
}
