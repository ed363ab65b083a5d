import type { FouPort } from "../fou/mod.ts";
import type { DeviceAddress, MachineState } from "./machine.ts";
import type { VipSetup } from "./setup.ts";

/** The changes that lvsctl made on a real server, with the original settings. */
export interface OriginalSettings {
  /** Sysctls, with their original values and the values that lvsctl set. */
  readonly sysctls: readonly { readonly name: string; readonly before: string; readonly set: string }[];
  /** Interfaces that did not exist, or were down. */
  readonly links: readonly { readonly name: string; readonly was: "absent" | "down" }[];
  /** Ports that lvsctl opened. */
  readonly fouPorts: readonly FouPort[];
  /** Addresses that lvsctl added. */
  readonly addresses: readonly DeviceAddress[];
}

/** The set-ups of a real server, and the changes made for them. */
export interface RealServerState {
  /** The active set-ups. */
  readonly setups: readonly VipSetup[];
  /** The changes made for them; the stored file has the same key. */
  readonly memory: OriginalSettings;
}

/** No changes. */
export const NO_ORIGINAL_SETTINGS: OriginalSettings = { sysctls: [], links: [], fouPorts: [], addresses: [] };

/** The state of a machine without set-ups. */
export const NO_STATE: RealServerState = { setups: [], memory: NO_ORIGINAL_SETTINGS };

/** The stored state of a machine, locked against other processes. */
export interface StateStore {
  /** The stored state. */
  read(): RealServerState;
  /** Stores a state; it survives a kill of the process after the call. */
  write(state: RealServerState): void;
}

/** Whether two values name the same port. */
export function isSamePort(a: FouPort, b: FouPort): boolean {
  return a.port === b.port && a.family === b.family;
}

/** Whether two values name the same address of the same interface. */
export function isSameAddress(a: DeviceAddress, b: DeviceAddress): boolean {
  return a.address === b.address && a.device === b.device;
}

/** Whether at least one recorded change is still active. */
export function hasActiveChange(original: OriginalSettings, current: MachineState): boolean {
  return original.addresses.some((entry) => current.addresses.some((other) => isSameAddress(entry, other))) ||
    original.fouPorts.some((port) => current.fouPorts.some((other) => isSamePort(port, other))) ||
    original.links.some(({ name }) => current.links.some((link) => link.name === name && link.isUp)) ||
    original.sysctls.some(({ name, set }) => current.sysctl(name) === set);
}
