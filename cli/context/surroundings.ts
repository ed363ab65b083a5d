import type { ConfigOptions } from "../../core/config/mod.ts";
import { asLvsctlError, EXIT } from "../../core/errors/mod.ts";
import { readVariable } from "../../core/host/mod.ts";
import { type Io, readFile } from "./io.ts";

/** The outside of a configuration file: other files, environment variables, host names, sysctls. */
export interface Surroundings extends Required<Omit<ConfigOptions, "file">> {
  /** The value of a sysctl by its path below `/proc/sys`; undefined if it cannot be read. */
  sysctl(path: string): string | undefined;
}

/** The surroundings on this machine. */
export function systemSurroundings(io: Io): Surroundings {
  return {
    files: {
      // "-" means standard input only on the command line: a file cannot include it.
      readFile: (path) => readFile(io, path === "-" ? "./-" : path),
      listDirectory,
      realPath,
    },
    variables: readVariable,
    resolve: async (name) => {
      const { openHostAddresses } = await import("../../core/system/names.ts");
      using hosts = openHostAddresses();
      return await hosts.find(name);
    },
    sysctl: (path) => {
      try {
        return Deno.readTextFileSync(`/proc/sys/${path}`).trim();
      } catch {
        // The module is not loaded, or /proc is hidden: the value is unknown.
        return undefined;
      }
    },
  };
}

/** The names in a directory; none if it does not exist. */
export function listDirectory(path: string): readonly string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw asLvsctlError(error, { operation: "read", object: path, exitCode: EXIT.usage });
  }
}

/** The path without symbolic links; the path itself if it cannot be resolved. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Reading the file will report the error.
    return path;
  }
}
