import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readOwnFile } from "../../core/files/mod.ts";
import { type Fields, fieldsOf, isNumber, textOf, tryFieldsOf } from "../../core/json/mod.ts";
import { tryParseIpAddress, TUNNEL_TYPES } from "../../core/model/mod.ts";
import {
  NO_ORIGINAL_SETTINGS,
  NO_STATE,
  type OriginalSettings,
  type RealServerState,
  type StateStore,
  type VipSetup,
} from "../../core/realserver/mod.ts";
import { lockJsonFile } from "./locked_json_file.ts";
import type { Directories } from "./directories.ts";
import { isFirstNamespace, tableNamespace } from "./namespace.ts";

/** Whether any of the changes that a state records is still present on this machine. */
export type ChangesPresent = (memory: OriginalSettings) => boolean;

/** A state that no other process changes until this is disposed of. */
export interface LockedState extends StateStore, Disposable {}

/** The file with the set-ups of real servers and their original settings. */
export class RealServerFile {
  readonly #path: string;

  /**
   * Reads and writes nothing yet.
   *
   * @param directories The directory of the file.
   */
  constructor({ run }: Pick<Directories, "run">) {
    this.#path = `${run}/realserver.json`;
  }

  /**
   * Reads the state of this network namespace, without a lock.
   *
   * @throws {LvsctlError} If the file is damaged.
   */
  read(arePresent: ChangesPresent): RealServerState {
    return withoutStale(readState(this.#path), arePresent);
  }

  /**
   * Locks the state of this network namespace, for a change.
   *
   * @throws {LvsctlError} If the file cannot be locked; its methods throw if the file cannot be read or written.
   */
  lock(arePresent: ChangesPresent): LockedState {
    const file = lockJsonFile(this.#path, { hint: "run as root" });
    const path = this.#path;
    return {
      read: () => withoutStale(readState(path), arePresent),
      write: (state) => {
        const { [tableNamespace()]: _, ...others } = readNamespaces(path);
        const isEmpty = state.setups.length === 0 && Object.values(state.memory).every(({ length }) => length === 0);
        file.write(isEmpty ? others : { ...others, [tableNamespace()]: state });
      },
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  }
}

/**
 * The state, or none if it is stale: the kernel reuses the numbers of namespaces, and a state without any present change
 * belongs to an earlier namespace, or another program has restored the settings.
 */
function withoutStale(state: RealServerState, arePresent: ChangesPresent): RealServerState {
  return isFirstNamespace() || arePresent(state.memory) ? state : NO_STATE;
}

function damaged(path: string): LvsctlError {
  return new LvsctlError("it is not a file that lvsctl wrote", {
    operation: "read",
    object: path,
    hint: "delete it; then the settings from before the set-up cannot be restored",
    exitCode: EXIT.refused,
  });
}

/** The stored state of each namespace, by the namespace's number. */
function readNamespaces(path: string): Fields {
  let text: string;
  try {
    text = readOwnFile(path);
  } catch (error) {
    if (error instanceof LvsctlError) throw error;
    // The file usually does not exist; if root alone may read it, other users see no set-up.
    return {};
  }
  try {
    const namespaces = tryFieldsOf(JSON.parse(text));
    if (namespaces !== undefined) return namespaces;
  } catch {
    // Reported below.
  }
  throw damaged(path);
}

function readState(path: string): RealServerState {
  const stored = readNamespaces(path)[tableNamespace()];
  if (stored === undefined) return NO_STATE;
  const { setups, memory } = fieldsOf(stored);
  const settings = tryFieldsOf(memory);
  if (settings === undefined) throw damaged(path);
  const { sysctls, links, fouPorts, addresses } = { ...NO_ORIGINAL_SETTINGS, ...settings };
  const list = <T>(value: unknown, parse: (item: Fields) => T | undefined): readonly T[] => {
    if (!Array.isArray(value)) throw damaged(path);
    return value.map((item: unknown): T => {
      const parsed = parse(fieldsOf(item));
      if (parsed === undefined) throw damaged(path);
      return parsed;
    });
  };
  return {
    setups: list(setups, parseSetup),
    memory: {
      sysctls: list(sysctls, parseSysctl),
      links: list(links, parseLink),
      fouPorts: list(fouPorts, parseFouPort),
      addresses: list(addresses, parsePlace),
    },
  };
}

function parseSetup(item: Fields): VipSetup | undefined {
  const place = parsePlace(item);
  const { tunnel } = item;
  if (place === undefined || tunnel === undefined) return place;
  const { type, port } = fieldsOf(tunnel);
  const known = TUNNEL_TYPES.find((name) => name === type);
  return known === undefined || !isNumber(port) ? undefined : { ...place, tunnel: { type: known, port } };
}

function parseSysctl(item: Fields): OriginalSettings["sysctls"][number] | undefined {
  const [name, before, set] = [textOf(item["name"]), textOf(item["before"]), textOf(item["set"])];
  return name === undefined || before === undefined || set === undefined ? undefined : { name, before, set };
}

function parseLink({ name, was }: Fields): OriginalSettings["links"][number] | undefined {
  return typeof name === "string" && (was === "absent" || was === "down") ? { name, was } : undefined;
}

function parseFouPort({ port, family }: Fields): OriginalSettings["fouPorts"][number] | undefined {
  return isNumber(port) && (family === "ipv4" || family === "ipv6") ? { port, family } : undefined;
}

function parsePlace({ address, device }: Fields): OriginalSettings["addresses"][number] | undefined {
  const parsed = typeof address === "string" ? tryParseIpAddress(address) : undefined;
  return parsed === undefined || typeof device !== "string" ? undefined : { address: parsed, device };
}
