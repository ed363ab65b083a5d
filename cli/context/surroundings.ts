import type { ConfigOptions } from "../../core/config/mod.ts";
import { asLvsctlError, EXIT } from "../../core/errors/mod.ts";
import { type Io, readFile } from "./io.ts";

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
      const { openHostAddresses } = await import("../../core/system/names.ts");
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

export function listDirectory(path: string): readonly string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw asLvsctlError(error, { operation: "read", object: path, exitCode: EXIT.usage });
  }
}

export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // Reading the file will say what is wrong with it.
    return path;
  }
}
