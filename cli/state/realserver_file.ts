import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type IpAddress, tryParseIpAddress, TUNNEL_TYPES } from "../../core/model/mod.ts";
import {
  NO_ORIGINAL_SETTINGS,
  NO_STATE,
  type OriginalSettings,
  type RealServerState,
  type StateStore,
} from "../../core/realserver/mod.ts";
import { lockStateFile } from "./locked_json_file.ts";
import { isFirstNamespace, tableNamespace } from "./namespace.ts";

/** Tells whether what a state says was changed is so still. */
export type StateWitness = (memory: OriginalSettings) => boolean;

/** A state that nobody else changes until this is disposed of. */
export interface LockedState extends StateStore, Disposable {}

/** Where lvsctl keeps what real servers were set up for, and how they were before. */
export class RealServerFile {
  readonly #path: string;

  /**
   * Reads and writes nothing yet.
   *
   * @param path The file.
   */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The state of this network namespace, to look at.
   *
   * @throws {LvsctlError} If it is not as lvsctl writes it.
   */
  read(witness: StateWitness): RealServerState {
    return believed(stateOf(entriesIn(this.#path), this.#path), witness);
  }

  /**
   * The state of this network namespace, to change.
   *
   * @throws {LvsctlError} If the file cannot be locked; and from its methods if it cannot be read or written.
   */
  lock(witness: StateWitness): LockedState {
    const file = lockStateFile(this.#path, { hint: "run it as root" });
    const path = this.#path;
    return {
      read: () => believed(stateOf(entriesIn(path), path), witness),
      write: (state) => {
        const { [tableNamespace()]: _, ...others } = entriesIn(path);
        const isEmpty = state.setups.length === 0 && Object.values(state.memory).every(({ length }) => length === 0);
        file.write(isEmpty ? others : { ...others, [tableNamespace()]: state });
      },
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  }
}

/**
 * Numbers of namespaces are used again: a state of which nothing holds is that of one that is gone, or everything has
 * been put back by somebody else.
 */
function believed(state: RealServerState, witness: StateWitness): RealServerState {
  return isFirstNamespace() || witness(state.memory) ? state : NO_STATE;
}

function damaged(path: string): LvsctlError {
  return new LvsctlError("it is not as lvsctl writes it", {
    operation: "read",
    object: path,
    hint: "delete it; what was there before the set-up cannot be put back then",
    exitCode: EXIT.refused,
  });
}

/** What is stored for each namespace. */
function entriesIn(path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    // No file is what there usually is; and one that only root may read tells nobody else anything.
    return {};
  }
  try {
    const stored: unknown = JSON.parse(text);
    if (isRecord(stored)) return stored;
  } catch {
    // Told below.
  }
  throw damaged(path);
}

function stateOf(entries: Readonly<Record<string, unknown>>, path: string): RealServerState {
  const state = entries[tableNamespace()];
  if (state === undefined) return NO_STATE;
  const problem = damaged(path);
  if (!isRecord(state) || !isRecord(state["memory"])) throw problem;
  const { sysctls, links, fouPorts, addresses } = { ...NO_ORIGINAL_SETTINGS, ...state["memory"] } as Readonly<
    Record<keyof OriginalSettings, unknown>
  >;
  const list = <T>(value: unknown, read: (entry: Readonly<Record<string, unknown>>) => T | undefined): readonly T[] => {
    if (!Array.isArray(value)) throw problem;
    return value.map((entry: unknown): T => {
      const found = isRecord(entry) ? read(entry) : undefined;
      if (found === undefined) throw problem;
      return found;
    });
  };
  return {
    setups: list(state["setups"], ({ address, device, tunnel }) => {
      const place = placeOf(address, device);
      if (place === undefined || tunnel === undefined) return place;
      const { type, port } = isRecord(tunnel) ? tunnel : {};
      const named = TUNNEL_TYPES.find((name) => name === type);
      return named === undefined || typeof port !== "number" ? undefined : { ...place, tunnel: { type: named, port } };
    }),
    memory: {
      sysctls: list(
        sysctls,
        ({ name, before, set }) => isText(name) && isText(before) && isText(set) ? { name, before, set } : undefined,
      ),
      links: list(
        links,
        ({ name, was }) => isText(name) && (was === "absent" || was === "down") ? { name, was } : undefined,
      ),
      fouPorts: list(
        fouPorts,
        ({ port, family }) =>
          typeof port === "number" && (family === "ipv4" || family === "ipv6") ? { port, family } : undefined,
      ),
      addresses: list(addresses, ({ address, device }) => placeOf(address, device)),
    },
  };
}

function placeOf(
  address: unknown,
  device: unknown,
): { readonly address: IpAddress; readonly device: string } | undefined {
  const known = isText(address) ? tryParseIpAddress(address) : undefined;
  return known === undefined || !isText(device) ? undefined : { address: known, device };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
