import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { visible } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { askDaemon, findDaemon } from "./client.ts";

/** How long the daemon may take to answer; milliseconds. */
const ANSWER_MS = 2000;

/** The number of words that a command has before its services. */
const COMMAND_WORDS: Readonly<Record<string, number>> = { list: 1, zero: 1, connections: 1, top: 1 };

/**
 * Replaces the name of a service on a command line by the service that has this name in the file of the table's daemon.
 *
 * @param args The command line.
 * @param error The error about the name.
 * @returns The new command line; undefined if no daemon runs, or none of its services has the name.
 * @throws {LvsctlError} If several services have the name.
 */
export async function withServiceOf(
  context: Context,
  args: readonly string[],
  { error }: { readonly error: unknown },
): Promise<readonly string[] | undefined> {
  if (!(error instanceof LvsctlError) || error.kind !== "service-name") return undefined;
  const name = error.object;
  const position = args.indexOf(name, COMMAND_WORDS[args[0] ?? ""] ?? 2);
  const [service, ...others] = position < 0 ? [] : await servicesNamed(context, name);
  if (service === undefined) return undefined;
  if (others.length > 0) {
    throw new LvsctlError(`${visible(name)} is the name of ${[service, ...others].join(" and ")}`, {
      hint: "name one of them",
      exitCode: EXIT.usage,
    });
  }
  return args.with(position, service);
}

async function servicesNamed(context: Context, name: string): Promise<readonly string[]> {
  try {
    using client = await findDaemon(context);
    if (client === undefined) return [];
    const { names } = await askDaemon(client, "names", { timeoutMs: ANSWER_MS });
    const pairs: readonly unknown[] = Array.isArray(names) ? names : [];
    return pairs.flatMap((pair) => Array.isArray(pair) && pair[0] === name ? [String(pair[1])] : []);
  } catch (error) {
    // The daemon is of an older version, or cannot be reached: the name stays unknown.
    if (error instanceof LvsctlError) return [];
    throw error;
  }
}
