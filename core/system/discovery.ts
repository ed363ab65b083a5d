/**
 * Opens the sources of real servers: connects them with the system's network, host names and files.
 *
 * @module
 */

import {
  type FollowersOptions,
  openReader,
  readOnce as readSourceOnce,
  SourceFollowers,
  type SourceTools,
} from "../discovery/mod.ts";
import { HostAddresses } from "../ffi/mod.ts";
import { readRegularFile } from "../files/mod.ts";
import type { Discovery, DiscoveryAnswer } from "../model/mod.ts";
import type { Network } from "../net/mod.ts";
import { SYSTEM_CLOCK } from "../time/mod.ts";
import { FileWatch } from "./file_watch.ts";
import { openNetwork } from "./network.ts";

export type { SourceFollowers };

/** Most bytes of a file that a source reads. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Reads the value of a YAML or JSON text. */
export type YamlParser = SourceTools["parseYaml"];

/** The daemon's sources with the libraries that they have opened. */
export interface OpenSources extends AsyncDisposable {
  /** The sources. */
  readonly followers: SourceFollowers;
}

/**
 * Opens the daemon's sources.
 *
 * @param options What they begin with, and what they call.
 */
export function openSources(
  options: Pick<FollowersOptions, "stored" | "onList" | "onState"> & { readonly parseYaml: YamlParser },
): OpenSources {
  const network = openNetwork();
  const hosts = new HostAddresses();
  const files = new FileWatch({ clock: SYSTEM_CLOCK });
  const tools = { ...toolsOf(options.parseYaml, { network, hosts }), watchFile: (path: string) => files.wait(path) };
  const followers = new SourceFollowers({
    ...options,
    open: (discovery) => openReader(discovery, tools),
    clock: SYSTEM_CLOCK,
    timeOfDay: Date.now,
    random: Math.random,
  });
  return {
    followers,
    [Symbol.asyncDispose]: async () => {
      followers[Symbol.dispose]();
      files[Symbol.dispose]();
      hosts[Symbol.dispose]();
      await network[Symbol.asyncDispose]();
    },
  };
}

/** Reads a source once, for a command; never throws. */
export async function readOnce(discovery: Discovery, parseYaml: YamlParser): Promise<DiscoveryAnswer> {
  await using network = openNetwork();
  using hosts = new HostAddresses();
  return await readSourceOnce(discovery, toolsOf(parseYaml, { network, hosts }));
}

function toolsOf(
  parseYaml: YamlParser,
  { network, hosts }: { readonly network: Network; readonly hosts: HostAddresses },
): SourceTools {
  return {
    network,
    clock: SYSTEM_CLOCK,
    findHost: (name) => hosts.find(name),
    readFile: (path) =>
      new TextDecoder("utf-8", { fatal: true }).decode(readRegularFile(path, { maxBytes: MAX_FILE_BYTES })),
    parseYaml,
  };
}
