/**
 * etcd: the store of the configurations of clusters.
 *
 * @module
 */
import type { BackgroundProcess } from "../background_process.ts";
import { untilListening } from "./place.ts";

/** The port of its clients. */
export const ETCD_PORT = 2379;

/** What starts a program where etcd is to run. */
export type StartProgram = (
  argv: readonly string[],
  options?: { readonly env?: Record<string, string> },
) => BackgroundProcess;

/**
 * Starts one, alone in its cluster.
 *
 * @param start starts a program at its place
 * @param options.directory its data; an empty one makes a new store
 * @param options.args further arguments
 * @returns the server, once it listens
 */
export async function startEtcd(
  start: StartProgram,
  { directory, args = [] }: { readonly directory: string; readonly args?: readonly string[] },
): Promise<BackgroundProcess> {
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const clients = `${args.includes("--cert-file") ? "https" : "http"}://0.0.0.0:${ETCD_PORT}`;
  const process = start([
    ...["etcd", "--data-dir", directory, "--log-level", "error", "--listen-client-urls", clients],
    ...["--advertise-client-urls", clients, "--listen-peer-urls", "http://127.0.0.1:2380", ...args],
  ]);
  await untilListening(process, ETCD_PORT);
  return process;
}
