import { ControlClient } from "../../core/control/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import type { MetricLevel } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { daemonFiles } from "./files.ts";

/** How long the daemon may take to answer; milliseconds. */
const ANSWER_MS = 10_000;

/** Options of {@linkcode findDaemon}. */
export interface ConnectOptions {
  /**
   * Whether the command only reads the status or names, so that the socket for a group of users will do.
   *
   * @default {false}
   */
  readonly readsStatus?: boolean | undefined;
}

/**
 * Connects to the daemon of this network namespace; the caller closes the connection (`using`).
 *
 * @param options As for {@linkcode findDaemon}.
 * @throws {LvsctlError} If no daemon runs, or the connection fails.
 */
export async function connectDaemon(context: Context, options: ConnectOptions = {}): Promise<ControlClient> {
  const client = await findDaemon(context, options);
  if (client !== undefined) return client;
  const path = socketPath(context);
  throw new LvsctlError(`no daemon runs here${path === undefined ? "" : `: no process listens at ${path}`}`, {
    hint: 'start one with "lvsctl run FILE"; "lvsctl check FILE" checks without one',
    exitCode: EXIT.noDaemon,
  });
}

/**
 * Connects to the daemon of this network namespace if one runs; the caller closes the connection (`using`).
 *
 * @throws {LvsctlError} If the socket exists and the connection fails.
 */
export async function findDaemon(
  context: Context,
  { readsStatus = false }: ConnectOptions = {},
): Promise<ControlClient | undefined> {
  const path = socketPath(context);
  if (path === undefined) return undefined;
  try {
    return await ControlClient.connect(path);
  } catch (error) {
    const client = readsStatus ? await findStatus(context) : undefined;
    if (client === undefined) throw error;
    return client;
  }
}

/** Connects to the socket for a group of users; undefined if that fails too. */
async function findStatus({ directories }: Context): Promise<ControlClient | undefined> {
  if (directories === undefined) return undefined;
  try {
    return await ControlClient.connect(daemonFiles(directories).statusSocket);
  } catch {
    // The error about the control socket is the one to report.
    return undefined;
  }
}

function socketPath({ directories }: Context): string | undefined {
  return directories === undefined ? undefined : daemonFiles(directories).socket;
}

/**
 * Sends a command to the daemon.
 *
 * @param options.signal Ends the wait for the answer.
 * @param options.timeoutMs The longest wait; milliseconds.
 * @returns The fields of its answer.
 * @throws {LvsctlError} As `ControlClient.request` does, or if the answer has no fields.
 */
export async function askDaemon(
  client: ControlClient,
  command: string,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { signal, timeoutMs = ANSWER_MS } = options;
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  signal?.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(stop, timeoutMs);
  try {
    const answer = await client.request(command, { signal: controller.signal });
    if (typeof answer === "object" && answer !== null) return Object.fromEntries(Object.entries(answer));
    throw new LvsctlError(`the daemon's answer to "${command}" has no fields`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** The name of the command for metrics of a level: a command has no arguments. */
export function metricsRequest(level: MetricLevel): string {
  return `metrics-${level}`;
}

/** The exit status that an answer requests. */
export function exitCodeOf(answer: Readonly<Record<string, unknown>>): ExitCode {
  return Object.values(EXIT).find((code) => code === answer["exit_code"]) ?? EXIT.refused;
}
