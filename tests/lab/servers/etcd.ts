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

/** The ports of the clients of three servers in one place. */
export const CLUSTER_PORTS = [ETCD_PORT, 2381, 2383] as const;

/** One of three servers that keep one store together. */
export type EtcdMember = typeof CLUSTER_PORTS[number];

/**
 * Starts one of three servers that keep one store together. It listens once two of them run.
 *
 * @param start starts a program at its place
 * @param options.directory its data
 * @param options.port the port of its clients
 */
export async function startEtcdMember(
  start: StartProgram,
  { directory, port }: { readonly directory: string; readonly port: EtcdMember },
): Promise<BackgroundProcess> {
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  const peer = (of: number): string => `http://127.0.0.1:${of + 1}`;
  const clients = `http://0.0.0.0:${port}`;
  const process = start([
    ...["etcd", "--name", `m${port}`, "--data-dir", directory, "--log-level", "error"],
    ...["--listen-client-urls", clients, "--advertise-client-urls", clients],
    ...["--listen-peer-urls", peer(port), "--initial-advertise-peer-urls", peer(port)],
    ...["--initial-cluster", CLUSTER_PORTS.map((each) => `m${each}=${peer(each)}`).join(",")],
  ]);
  await untilListening(process, port);
  return process;
}
