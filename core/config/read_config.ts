import type { DesiredState } from "../model/mod.ts";
import { readCanonical } from "./canonical/read_canonical.ts";
import type { HostAnswer } from "./read/hosts.ts";
import { canonicalWarnings } from "./canonical_warnings.ts";
import type { ConfigFile, ConfigOptions, ReadConfigOptions } from "./config_file.ts";

/**
 * Reads any file, as slowly as YAML is read.
 *
 * @throws {ConfigError} If anything is wrong with the file.
 */
export async function parseYamlConfig(text: string, options: ConfigOptions): Promise<DesiredState> {
  return (await readWithYaml(text, options)).desired;
}

/**
 * Reads a configuration file, and tells of it what is not needed to bring it about; one that `lvsctl save` wrote is
 * read many times as fast as any other.
 *
 * @param text The whole file, decoded.
 * @throws {ConfigError} If anything is wrong with the file: then it names everything that is.
 */
export async function readConfig(text: string, options: ReadConfigOptions): Promise<ConfigFile> {
  // Editors of other systems put a byte order mark first; without it, columns are those of the line.
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  const { lint } = options;
  const desired = readCanonical(body);
  if (desired === undefined) return await readWithYaml(body, options);
  return {
    desired,
    warnings: lint === undefined ? [] : canonicalWarnings(body, { desired, lint }),
    hosts: [],
    included: [],
  };
}

/** The tables that describe the file take longer to build than most files that `lvsctl save` wrote take to be read. */
async function readWithYaml(text: string, options: ReadConfigOptions): Promise<ConfigFile> {
  const { FileReader } = await import("./file_reader.ts");
  return await new FileReader(text, options).read();
}

/**
 * Reads a configuration file to bring it about.
 *
 * @param text The whole file, decoded.
 * @throws {ConfigError} If anything is wrong with the file: then it names everything that is.
 */
export async function parseConfig(text: string, options: ConfigOptions): Promise<DesiredState> {
  // Without their servers, services with names would be brought about as if they had none.
  const { resolve = refuseNames } = options;
  return (await readConfig(text, { ...options, resolve })).desired;
}

function refuseNames(): Promise<HostAnswer> {
  return Promise.resolve({ failure: "host names cannot be looked up here" });
}
