/**
 * The module of the worker that probes. The bundler (packaging/bundle.ts) replaces this file by one that has the whole
 * worker as a text, because the executable is a single file.
 *
 * @module
 */

/** The address of the worker's module. */
export function probeWorkerUrl(): string {
  return new URL("./probe_worker.ts", import.meta.url).href;
}
