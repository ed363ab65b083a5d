import { fieldsOf, tryFieldsOf } from "../json/mod.ts";
import { type DiscoveredServer, MAX_WEIGHT, oneLine, tryParseIpAddress } from "../model/mod.ts";
import { AnswerError } from "../net/mod.ts";
import { lookUpAll, runWithin, unlessAborted } from "../time/mod.ts";
import { MAX_SERVERS, type SourceTools } from "./reader.ts";

/** A server as a source names it: by address or by host name. */
export interface Target {
  /** Address or host name. */
  readonly host: string;
  /** Port; undefined: the file has it. */
  readonly port?: number | undefined;
  /** Weight; undefined: the file has it. */
  readonly weight?: number | undefined;
}

/** The text of a value from outside, as part of a message. */
export function shown(value: unknown): string {
  return oneLine(
    typeof value === "string" ? `"${value.slice(0, 80)}"` : JSON.stringify(value)?.slice(0, 80) ?? "nothing",
  );
}

/**
 * The targets in a document of Prometheus' file_sd and http_sd: a list of groups with targets and labels.
 *
 * @throws {AnswerError} If any part of it is not valid: a list without that part would be incomplete.
 */
export function readTargetGroups(
  document: unknown,
  { weightLabel }: { readonly weightLabel: string },
): readonly Target[] {
  if (!Array.isArray(document)) throw new AnswerError("the document is not a list of groups of targets");
  const targets = document.flatMap((item: unknown): Target[] => {
    const group = tryFieldsOf(item);
    const addresses: unknown = group?.["targets"];
    if (!Array.isArray(addresses)) throw new AnswerError(`a group has no list of targets: ${shown(item)}`);
    const weight = readWeight(fieldsOf(group?.["labels"])[weightLabel], weightLabel);
    return addresses.map((address: unknown) => ({ ...readHostAndPort(address), weight }));
  });
  if (targets.length > MAX_SERVERS) throw new AnswerError(`the document has more than ${MAX_SERVERS} targets`);
  return targets;
}

function readWeight(label: unknown, name: string): number | undefined {
  if (label === undefined) return undefined;
  const weight = Number(label);
  if (typeof label === "string" && /^\d{1,10}$/.test(label) && weight <= MAX_WEIGHT) return weight;
  throw new AnswerError(`the label ${name} is not a weight: ${shown(label)}`);
}

function readHostAndPort(address: unknown): Target {
  const [, ipv6, name, digits] = typeof address === "string"
    ? /^(?:\[([\da-fA-F:.]+)\]|([\w.-]{1,253}))(?::(\d{1,5}))?$/.exec(address) ?? []
    : [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65535))) {
    throw new AnswerError(`a target is not HOST:PORT: ${shown(address)}`);
  }
  return { host, port };
}

/**
 * The servers of targets: names get their addresses by the system's lookup. The first of two equal servers counts.
 *
 * @throws {AnswerError} If a name has no address now: a list without it would be incomplete.
 */
export async function resolveTargets(
  targets: readonly Target[],
  { tools, signal, timeoutMs }: {
    readonly tools: SourceTools;
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
  },
): Promise<readonly DiscoveredServer[]> {
  const names = targets.map(({ host }) => host).filter((host) => tryParseIpAddress(host) === undefined);
  const found = await lookUpAll(names, async (host) => {
    const answer = await runWithin(
      { timeoutMs, signal, clock: tools.clock },
      (end) => unlessAborted(tools.findHost(host), end),
    );
    if (answer === undefined) throw new AnswerError(`no address of ${oneLine(host)} in time`);
    if ("failure" in answer) throw new AnswerError(`${oneLine(host)}: ${answer.failure}`);
    return answer.addresses;
  });
  const servers = new Map<string, DiscoveredServer>();
  for (const { host, port, weight } of targets) {
    const literal = tryParseIpAddress(host);
    for (const address of literal === undefined ? found.get(host) ?? [] : [literal]) {
      const key = `${address} ${port ?? ""}`;
      if (!servers.has(key)) servers.set(key, { address, port, weight });
    }
  }
  return [...servers.values()];
}
