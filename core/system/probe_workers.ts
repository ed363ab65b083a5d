/**
 * Starts workers that probe: isolates of their own, which nothing in this one delays.
 *
 * @module
 */

import { WakeCounter } from "../ffi/mod.ts";
import {
  type FromWorker,
  type ProbeWorker,
  RemoteProbes,
  type RemoteProbesOptions,
  type StartWorker,
} from "../health/mod.ts";
import type { WorkerStart } from "./probe_worker.ts";
import { probeWorkerUrl } from "./probe_worker_url.ts";

/** Starts a worker that probes. */
export function startProbeWorker({ onMessage, onEnd }: Parameters<StartWorker>[0]): ProbeWorker {
  const wake = new WakeCounter();
  // A URL of the bundle is not revoked: the worker reads it in its own time, and there are few workers.
  const worker = new Worker(probeWorkerUrl(), { type: "module", name: "probes" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => onMessage(data);
  worker.onerror = (event) => {
    // Otherwise the error would end this isolate too.
    event.preventDefault();
    onEnd(event.message);
  };
  worker.postMessage({ control: wake.descriptor } satisfies WorkerStart);
  let isOpen = true;
  return {
    send: (message) => {
      worker.postMessage(message);
      wake.increase();
    },
    [Symbol.dispose]: () => {
      if (!isOpen) return;
      isOpen = false;
      worker.terminate();
      // Its thread may be waiting for it.
      wake.increase();
      wake[Symbol.dispose]();
    },
  };
}

/** What {@linkcode monitorInWorker} needs of its caller. */
export type WorkerMonitorOptions = Omit<RemoteProbesOptions, "startWorker" | "onWorkerEnd"> & {
  /** Receives every result, and its time of day; milliseconds since 1970. */
  readonly onResult: ConstructorParameters<typeof RemoteProbes>[0];
};

/**
 * Creates a function that probes in a worker.
 *
 * @param onWorkerEnd Called if a worker has ended by itself; another one takes its place.
 */
export function monitorInWorker(
  onWorkerEnd: RemoteProbesOptions["onWorkerEnd"],
): (options: WorkerMonitorOptions) => RemoteProbes {
  return (options) => new RemoteProbes(options.onResult, { ...options, startWorker: startProbeWorker, onWorkerEnd });
}
