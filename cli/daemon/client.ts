import { ControlClient } from "../../core/control/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import type { Context } from "../context/context.ts";
import { daemonFiles } from "./files.ts";

/** How long the daemon may take to answer; milliseconds. */
const ANSWER_MS = 10_000;

/**
 * Connects to the daemon of this network namespace; the caller closes it (`using`).
 *
 * @throws {LvsctlError} If none runs here, or it cannot be asked.
 */
export async function connectDaemon(context: Context): Promise<ControlClient> {
  const client = await findDaemon(context);
  if (client !== undefined) return client;
  const path = socketPath(context);
  throw new LvsctlError(`no daemon runs here${path === undefined ? "" : `: nobody listens at ${path}`}`, {
    hint: 'start one with "lvsctl run FILE"; "lvsctl check FILE" checks without one',
    exitCode: EXIT.refused,
  });
}

/**
 * Connects to the daemon of this network namespace, if one runs; the caller closes it (`using`).
 *
 * @throws {LvsctlError} If it cannot be known whether one does, or it cannot be asked.
 */
export async function findDaemon(context: Context): Promise<ControlClient | undefined> {
  const path = socketPath(context);
  return path === undefined ? undefined : await ControlClient.connect(path);
}

function socketPath({ directories }: Context): string | undefined {
  return directories === undefined ? undefined : daemonFiles(directories).socket;
}

/**
 * Asks the daemon for something.
 *
 * @param options.signal Ends the waiting.
 * @param options.timeoutMs How long it may take; milliseconds.
 * @returns The fields of its answer.
 * @throws {LvsctlError} As `ControlClient.request` does, or if the answer has no fields.
 */
export async function askDaemon(
  client: ControlClient,
  command: string,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { signal, timeoutMs = ANSWER_MS } = options;
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  signal?.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(stop, timeoutMs);
  try {
    const answer = await client.request(command, { signal: controller.signal });
    if (typeof answer === "object" && answer !== null) return Object.fromEntries(Object.entries(answer));
    throw new LvsctlError(`the daemon's answer to "${command}" is not understood`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** The exit status that an answer asks for. */
export function exitCodeOf(answer: Readonly<Record<string, unknown>>): ExitCode {
  return Object.values(EXIT).find((code) => code === answer["exit_code"]) ?? EXIT.refused;
}
