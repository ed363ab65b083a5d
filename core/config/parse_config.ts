import type { DesiredState } from "../model/mod.ts";
import { readCanonical } from "./canonical.ts";
import { ConfigError } from "./config_error.ts";
import { readState } from "./read_state.ts";
import { Reading } from "./reading.ts";
import { readYaml } from "./yaml.ts";

/** The YAML library takes up to a hundred bytes of memory for one of the file's, and ends the process when it has none. */
const MAX_YAML_LENGTH = 16 * 1024 * 1024;

/**
 * Reads any file, as slowly as YAML is read.
 *
 * @param options.file The file's name, for messages; "-" is standard input.
 * @throws {ConfigError} If anything is wrong with the file.
 */
export async function parseYamlConfig(text: string, options: { readonly file: string }): Promise<DesiredState> {
  const reading = new Reading(text);
  if (text.length > MAX_YAML_LENGTH) {
    reading.report(0, 'the file is larger than 16 MiB, which only one that "lvsctl save" wrote may be');
    throw new ConfigError(options.file, reading.problems);
  }
  const tree = await readYaml(text, reading);
  if (reading.problems.length > 0) throw new ConfigError(options.file, reading.problems);
  if (tree === undefined) {
    reading.report(0, 'the file is empty: it needs at least "version: 1" and services');
    throw new ConfigError(options.file, reading.problems);
  }
  const state = readState(tree, reading);
  if (reading.problems.length > 0) throw new ConfigError(options.file, reading.problems);
  return state;
}

/**
 * Reads a configuration file; one that `lvsctl save` wrote is read many times as fast as any other.
 *
 * @param text The whole file, decoded.
 * @param options.file The file's name, for messages; "-" is standard input.
 * @throws {ConfigError} If anything is wrong with the file: then it names everything that is.
 */
export async function parseConfig(text: string, options: { readonly file: string }): Promise<DesiredState> {
  // Editors of other systems put a byte order mark first; without it, columns are those of the line.
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  return readCanonical(body) ?? await parseYamlConfig(body, options);
}
