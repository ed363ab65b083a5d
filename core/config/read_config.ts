import type { DesiredState, DiscoveryAnswer } from "../model/mod.ts";
import { readCanonical } from "./canonical/read_canonical.ts";
import type { HostAnswer } from "./read/hosts.ts";
import { canonicalWarnings } from "./canonical_warnings.ts";
import type { ConfigFile, ConfigOptions, ReadConfigOptions } from "./config_file.ts";

/**
 * Reads a file with the YAML library, also if it is canonical.
 *
 * @throws {ConfigError} If the file is not valid.
 */
export async function parseYamlConfig(text: string, options: ConfigOptions): Promise<DesiredState> {
  return (await readWithYaml(text, options)).desired;
}

/**
 * Reads a configuration file, with its warnings; a file that `lvsctl save` wrote is read many times faster than any
 * other.
 *
 * @param text The whole file, decoded.
 * @throws {ConfigError} If the file is not valid; the error has every problem.
 */
export async function readConfig(text: string, options: ReadConfigOptions): Promise<ConfigFile> {
  // Some editors write a byte order mark first; it is removed so that columns count from the start of the line.
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  const { lint } = options;
  const desired = readCanonical(body);
  if (desired === undefined) return await readWithYaml(body, options);
  return {
    desired,
    warnings: lint === undefined ? [] : canonicalWarnings(body, { desired, lint }),
    hosts: [],
    sources: [],
    included: [],
    omitted: [],
  };
}

/** Loads the full reader on first use: its tables take longer to build than most canonical files take to read. */
async function readWithYaml(text: string, options: ReadConfigOptions): Promise<ConfigFile> {
  const { FileReader } = await import("./file_reader.ts");
  return await new FileReader(text, options).read();
}

/**
 * Reads a configuration file for a change of the table.
 *
 * @param text The whole file, decoded.
 * @throws {ConfigError} If the file is not valid; the error has every problem.
 */
export async function parseConfig(text: string, options: ConfigOptions): Promise<DesiredState> {
  // Without a resolver, a host name is an error: otherwise its service would silently lose the server.
  const { resolve = refuseNames, discover = refuseSources } = options;
  return (await readConfig(text, { ...options, resolve, discover })).desired;
}

function refuseNames(): Promise<HostAnswer> {
  return Promise.resolve({ failure: "host names are not resolved here" });
}

function refuseSources(): Promise<DiscoveryAnswer> {
  return Promise.resolve({ failure: "sources are not asked here" });
}
