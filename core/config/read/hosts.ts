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
