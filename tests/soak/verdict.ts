/**
 * What is wrong with a daemon: its table, and what it takes of memory and descriptors (pure).
 *
 * @module
 */
import type { FlappingServer } from "./flapping_servers.ts";

/** The servers of a table by the mark of their service; the outside view, /proc/net/ip_vs. */
export type TableView = ReadonlyMap<number, ReadonlySet<string>>;

/** Reads /proc/net/ip_vs with services of firewall marks and IPv4 servers of weight 1 or more. */
export function readTable(text: string): TableView {
  const table = new Map<number, Set<string>>();
  let servers = new Set<string>();
  for (const line of text.split("\n")) {
    const mark = /^FWM +([\dA-F]{8}) /.exec(line)?.[1];
    if (mark !== undefined) table.set(parseInt(mark, 16), servers = new Set());
    const [, address, weight] = /^ +-> ([\dA-F]{8}):[\dA-F]{4} +\w+ +(\d+)/.exec(line) ?? [];
    if (address !== undefined && weight !== "0") servers.add(dotted(address));
  }
  return table;
}

function dotted(digits: string): string {
  return (digits.match(/../g) ?? []).map((byte) => parseInt(byte, 16)).join(".");
}

/** The expected table. */
export interface Expectation {
  /** The servers by the mark of their service. */
  readonly services: ReadonlyMap<number, readonly FlappingServer[]>;
  /** Time that a daemon has after the last probe that decides; milliseconds. */
  readonly graceMs: number;
  /** The present time; milliseconds. */
  readonly now: number;
}

/** What is wrong with a table, a sentence for each; empty for a right one. */
export function wrongServers(table: TableView, { services, graceMs, now }: Expectation): readonly string[] {
  const wrong: string[] = [];
  for (const [mark, servers] of services) {
    const present = table.get(mark);
    if (present === undefined) wrong.push(`the service of mark ${mark} is missing`);
    else if (present.size === 0) wrong.push(`the service of mark ${mark} has no server`);
    else {
      for (const { address, mode, decidedAt } of servers) {
        if (decidedAt === undefined || now - decidedAt <= graceMs) continue;
        const seconds = ((now - decidedAt) / 1000).toFixed(1);
        if (mode === "up" && !present.has(address)) wrong.push(`${address} is healthy and missing since ${seconds} s`);
        if (mode !== "up" && present.has(address)) wrong.push(`${address} is ${mode} and in use since ${seconds} s`);
      }
    }
  }
  return wrong;
}

/** The servers that no probe has reached for too long, a sentence for each. */
export function forgottenServers(
  servers: Iterable<FlappingServer>,
  { limitMs, now }: { readonly limitMs: number; readonly now: number },
): readonly string[] {
  return [...servers].filter(({ probedAt }) => now - probedAt > limitMs)
    .map(({ address, probedAt }) => `${address} was last probed ${((now - probedAt) / 1000).toFixed(1)} s ago`);
}

/** What a process takes at one moment. */
export interface Usage {
  /** Resident memory; bytes. */
  readonly rssBytes: number;
  /** Open descriptors, without those of probes. */
  readonly descriptors: number;
}

/** How much the last quarter of a run takes more than the second one. */
export interface Growth {
  /** Median of the second quarter and of the last one; bytes. */
  readonly rssBytes: readonly [before: number, after: number];
  /** Fewest of the second quarter and of the last one: probes begin and end at the moment. */
  readonly descriptors: readonly [before: number, after: number];
}

/** More descriptors that need no explanation: those of probes that begin or end at the moment. */
const MORE_DESCRIPTORS = 2;

/** Compares the quarters of a run; the first one is for warming up. */
export function growthOf(samples: readonly Usage[]): Growth {
  const quarter = Math.floor(samples.length / 4);
  const [before, after] = [samples.slice(quarter, 2 * quarter), samples.slice(samples.length - quarter)];
  const median = (part: readonly Usage[]): number =>
    part.map(({ rssBytes }) => rssBytes).sort((one, other) => one - other)[Math.floor(part.length / 2)] ?? 0;
  const fewest = (part: readonly Usage[]): number => Math.min(...part.map(({ descriptors }) => descriptors));
  return { rssBytes: [median(before), median(after)], descriptors: [fewest(before), fewest(after)] };
}

/**
 * What grows without an explanation, a sentence for each.
 *
 * @param options.rssFactor Growth of the memory that needs none: the garbage collector decides when it returns memory.
 */
export function unexplained(
  { rssBytes: [rss, laterRss], descriptors: [few, later] }: Growth,
  { rssFactor }: { readonly rssFactor: number },
): readonly string[] {
  const wrong: string[] = [];
  if (laterRss > rss * rssFactor) wrong.push(`memory grows from ${mebibytes(rss)} to ${mebibytes(laterRss)} MiB`);
  if (later > few + MORE_DESCRIPTORS) wrong.push(`descriptors grow from ${few} to ${later}`);
  return wrong;
}

/** Bytes as a number of MiB. */
export function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
