import type { IpAddress } from "../../model/mod.ts";

/** What is known of a host's name: its addresses, or why there are none. */
export type HostAnswer = { readonly addresses: readonly IpAddress[] } | { readonly failure: string };

/**
 * Finds the addresses of a host, of both families; it never throws.
 *
 * @param name The name, in small letters.
 */
export type HostResolver = (name: string) => Promise<HostAnswer>;

/** Answers by name. */
export type HostAnswers = ReadonlyMap<string, HostAnswer>;

/** How many names are asked for at once. */
const PARALLEL = 16;

/** Asks for every name once, several at a time. */
export async function resolveHosts(names: Iterable<string>, resolve: HostResolver): Promise<HostAnswers> {
  const answers = new Map<string, HostAnswer>();
  const waiting = [...new Set(names)];
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) answers.set(name, await resolve(name));
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, waiting.length) }, work));
  return answers;
}
