import assert from "node:assert/strict";
import { type Change, type KernelState, sortEntries } from "../../core/model/mod.ts";
import { type Kernel, readKernel } from "../../core/reconcile/mod.ts";
import type { MemoryKernelOptions } from "./kernel/options.ts";
import { MemoryKernel } from "./memory_kernel.ts";

/** The changes that make an empty kernel that state. */
export function changesTo(state: Partial<KernelState>): Change[] {
  return [
    ...(state.timeouts === undefined ? [] : [{ operation: "setTimeouts" as const, timeouts: state.timeouts }]),
    ...(state.services ?? []).flatMap(({ service, servers }): Change[] => [
      { operation: "addService", service },
      ...servers.map((server): Change => ({ operation: "addServer", id: service.id, server })),
    ]),
    ...(state.syncDaemons ?? []).map((daemon): Change => ({ operation: "startSyncDaemon", daemon })),
  ];
}

/** A kernel in memory that has that state. */
export function memoryKernel(state: Partial<KernelState>, options: MemoryKernelOptions = {}): MemoryKernel {
  const kernel = new MemoryKernel(options);
  using client = kernel.openClient();
  const errors = [...client.execute(changesTo(state)).values()].map(({ message }) => message);
  assert.deepEqual(errors, []);
  return kernel;
}

/** A state in one order, so that equal states are deeply equal. */
export function inOrder(state: KernelState): KernelState {
  const syncDaemons = [...state.syncDaemons].sort((a, b) => a.role < b.role ? -1 : 1);
  return { timeouts: state.timeouts, syncDaemons, services: sortEntries(state.services) };
}

/** All that a kernel has, in one order. */
export function stateOf(kernel: Kernel): KernelState {
  return inOrder(readKernel(kernel));
}
