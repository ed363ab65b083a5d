import type { KernelState } from "../model/mod.ts";
import { type Addresses, type Kernel, readKernel, readKernelOutline } from "./kernel.ts";

/** The part of the kernel that a plan reads and changes. */
export interface Scope {
  /** The table. */
  readonly kernel: Kernel;
  /** The addresses of the interfaces; undefined if the plan changes no VIPs. */
  readonly addresses: Addresses | undefined;
  /** Names of the services that are read; undefined for all. */
  readonly only: ReadonlySet<string> | undefined;
}

/** The current state of a scope, in memory. */
export function readScope(scope: Scope): KernelState {
  return withVips(readKernel(scope.kernel, scope.only), scope);
}

/** As {@linkcode readScope}, for one comparison: servers are read when they are compared, and not kept. */
export function readScopeOutline(scope: Scope): KernelState {
  return withVips(readKernelOutline(scope.kernel, scope.only), scope);
}

function withVips(table: KernelState, { addresses }: Scope): KernelState {
  return addresses === undefined ? table : { ...table, vips: addresses.vips() };
}
