import type { ConfigOptions, IncludedFiles } from "../../core/config/mod.ts";
import { asLvsctlError, EXIT } from "../../core/errors/mod.ts";
import { readKernelFile, readRegularFile } from "../../core/files/mod.ts";
import { readVariable } from "../../core/host/mod.ts";
import { type Labels, parseLabels, pathText } from "../../core/model/mod.ts";
import { readNamedFile } from "./io.ts";

/** Access to files: of lvsctl's configuration, and of other programs. */
export interface SystemFiles extends IncludedFiles {
  /**
   * The bytes of a file, which need not be UTF-8.
   *
   * @throws {LvsctlError} If it cannot be read.
   */
  readBytes(path: string): Uint8Array;
  /** What a path leads to, after symbolic links. */
  kindOf(path: string): "file" | "executable" | "directory" | "other" | "missing";
}

/** The outside of a configuration file: other files, environment variables, host names, sources, sysctls. */
export interface Surroundings extends Required<Omit<ConfigOptions, "file" | "files">> {
  /** The file system. */
  readonly files: SystemFiles;
  /** The name of this host, which no other director of a cluster has. */
  host(): string;
  /**
   * The labels that this director has outside its file.
   *
   * @throws {LvsctlError} If a label is not valid.
   */
  labels(): Labels;
  /** The value of a sysctl by its path below `/proc/sys`; undefined if it cannot be read. */
  sysctl(path: string): string | undefined;
}

/** The surroundings on this machine. */
export function systemSurroundings(): Surroundings {
  return {
    files: {
      // Standard input and streams are for the command line only: a file cannot include them.
      readFile: (path) => readNamedFile(path),
      listDirectory,
      realPath,
      readBytes,
      kindOf,
    },
    variables: readVariable,
    host: () => readVariable("LVSCTL_HOST") || Deno.hostname(),
    labels: () => parseLabels((readVariable("LVSCTL_LABELS") ?? "").split(",").filter((text) => text !== "")),
    resolve: async (name) => {
      const { openHostAddresses } = await import("../../core/system/names.ts");
      using hosts = openHostAddresses();
      return await hosts.find(name);
    },
    discover: async (discovery) => {
      const { readSource } = await import("./source_reader.ts");
      return await readSource(discovery);
    },
    sysctl: (path) => {
      try {
        return readKernelFile(`/proc/sys/${path}`).trim();
      } catch {
        // The module is not loaded, or /proc is hidden: the value is unknown.
        return undefined;
      }
    },
  };
}

/** A context with the labels of the command line, which take precedence over those of the environment. */
export function withLabels<T extends { readonly surroundings: Surroundings }>(context: T, more: Labels | undefined): T {
  if (more === undefined) return context;
  const { surroundings } = context;
  return { ...context, surroundings: { ...surroundings, labels: () => new Map([...surroundings.labels(), ...more]) } };
}

/** The names in a directory; none if it does not exist. */
export function listDirectory(path: string): readonly string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw asLvsctlError(error, { operation: "read", object: pathText(path), exitCode: EXIT.usage });
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

function readBytes(path: string): Uint8Array {
  try {
    return readRegularFile(path, { exitCode: EXIT.usage });
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: pathText(path), exitCode: EXIT.usage });
  }
}

function kindOf(path: string): ReturnType<SystemFiles["kindOf"]> {
  try {
    const { isFile, isDirectory, mode } = Deno.statSync(path);
    if (!isFile) return isDirectory ? "directory" : "other";
    return ((mode ?? 0) & 0o111) === 0 ? "file" : "executable";
  } catch {
    return "missing";
  }
}
