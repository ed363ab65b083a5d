import type { IpAddress } from "../../model/mod.ts";

/** The addresses of a host name, or the reason why there are none. */
export type HostAnswer = { readonly addresses: readonly IpAddress[] } | { readonly failure: string };

/**
 * Resolves a host name to its addresses of both families; never throws.
 *
 * @param name The name in lower case.
 */
export type HostResolver = (name: string) => Promise<HostAnswer>;

/** Answers by host name. */
export type HostAnswers = ReadonlyMap<string, HostAnswer>;

/** Number of names to resolve at the same time. */
const PARALLEL = 16;

/** Resolves every name once, several at the same time. */
export async function resolveAll<T>(
  names: Iterable<string>,
  resolve: (name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  const answers = new Map<string, T>();
  const waiting = [...new Set(names)];
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) answers.set(name, await resolve(name));
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, waiting.length) }, work));
  return answers;
}
