import type { FouPort } from "../fou/mod.ts";
import type { AddressPlace, View } from "./machine.ts";
import type { VipSetup } from "./setup.ts";

/** What lvsctl changed on a real server, and how it was before. */
export interface OriginalSettings {
  /** Sysctls: what they were, and what lvsctl set. */
  readonly sysctls: readonly { readonly name: string; readonly before: string; readonly set: string }[];
  /** Interfaces that were not there, or were down. */
  readonly links: readonly { readonly name: string; readonly was: "absent" | "down" }[];
  /** Ports that lvsctl opened. */
  readonly fouPorts: readonly FouPort[];
  /** Addresses that lvsctl added. */
  readonly addresses: readonly AddressPlace[];
}

/** A real server's set-ups, and what they changed. */
export interface RealServerState {
  /** What it was set up for. */
  readonly setups: readonly VipSetup[];
  /** What that changed. */
  readonly memory: OriginalSettings;
}

/** Nothing was changed. */
export const NO_ORIGINAL_SETTINGS: OriginalSettings = { sysctls: [], links: [], fouPorts: [], addresses: [] };

/** Nothing was set up. */
export const NO_STATE: RealServerState = { setups: [], memory: NO_ORIGINAL_SETTINGS };

/** Where a machine's state is kept, while nobody else changes it. */
export interface StateStore {
  /** What is kept. */
  read(): RealServerState;
  /** Keeps it; it survives if the process is killed after that. */
  write(state: RealServerState): void;
}

/** Whether two are the same port. */
export function samePort(a: FouPort, b: FouPort): boolean {
  return a.port === b.port && a.family === b.family;
}

/** Whether two are the same address on the same interface. */
export function samePlace(a: AddressPlace, b: AddressPlace): boolean {
  return a.address === b.address && a.device === b.device;
}

/** Whether anything of what is remembered is so still. */
export function holdsAny(memory: OriginalSettings, view: View): boolean {
  return memory.addresses.some((place) => view.addresses.some((other) => samePlace(place, other))) ||
    memory.fouPorts.some((port) => view.fouPorts.some((other) => samePort(port, other))) ||
    memory.links.some(({ name }) => view.links.some((link) => link.name === name && link.isUp)) ||
    memory.sysctls.some(({ name, set }) => view.sysctl(name) === set);
}
