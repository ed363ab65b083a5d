import { addressFamily, formatDuration, type IpAddress, type VrrpFindingKind } from "../model/mod.ts";
import { intervalOnWire, type Refusal, REFUSAL_WORDS, refusalOf } from "./acceptance.ts";
import { PRIORITY_STOP } from "./advertisement.ts";
import type { Decoded } from "./decode_advertisement.ts";
import type { ProblemReports } from "./problem_reports.ts";
import type { RouterSettings } from "./settings.ts";
import type { HeardFinding, HeardPeer, HeardRouter, RouterStatus } from "./status.ts";

/** The most routers that are remembered; the oldest is forgotten, because packets can have any source. */
const MOST_PEERS = 8;

/** Time after which a router that is silent has no findings any more; milliseconds. */
const FINDING_MS = 3_600_000;

/** The most addresses of another router that are reported: packets of others must not make the status too long. */
const MOST_REPORTED = 32;

/** The most addresses that a finding names. */
const MOST_NAMED = 5;

/** Advertisements of a lower active router in a row after which its state is worth a report. */
const CONTESTED_AFTER = 5;

/** Intervals without a message after which another router is no longer active. */
const SILENT_AFTER = 3;

/** What the advertisements of others are compared with. */
export interface OwnRouter {
  /** The settings of the router. */
  readonly settings: RouterSettings;
  /** Its effective priority. */
  readonly priority: number;
  /** The source of its packets; undefined without one. */
  readonly source: IpAddress | undefined;
}

/** The other routers with the number of one router: what they advertise, and how that differs from its own. */
export class HeardRouters {
  readonly #problems: ProblemReports;
  readonly #timeOfDay: () => number;
  readonly #peers = new Map<IpAddress, HeardPeer>();
  readonly #discarded: { [reason in Refusal]?: number } = {};
  #last: HeardRouter | undefined;
  #received = 0;
  /** Advertisements of a lower active router in a row. */
  #contests = 0;

  /**
   * Has heard nothing yet.
   *
   * @param problems Receives each finding when it begins.
   * @param timeOfDay The time of day; milliseconds since 1970.
   */
  constructor(problems: ProblemReports, timeOfDay: () => number) {
    this.#problems = problems;
    this.#timeOfDay = timeOfDay;
  }

  /** The last router whose advertisement was accepted; undefined before. */
  get last(): HeardRouter | undefined {
    return this.#last;
  }

  /** The routers, the one that was heard last at the end, each with some of its addresses. */
  get peers(): readonly HeardPeer[] {
    return Array.from(this.#peers.values(), (peer) => ({ ...peer, vips: peer.vips.slice(0, MOST_REPORTED) }));
  }

  /** Number of advertisements that were accepted. */
  get received(): number {
    return this.#received;
  }

  /** Number of messages that were discarded, by reason. */
  get discarded(): { readonly [reason in Refusal]?: number } {
    return { ...this.#discarded };
  }

  /** Takes a message with the number of the router, and returns whether the router accepts it. */
  take(received: Decoded, own: OwnRouter): boolean {
    const { source, advertisement: { priority, version, intervalMs, addresses } } = received;
    const at = this.#timeOfDay();
    const refusal = source === own.source ? "own-address" : refusalOf(own.settings, received);
    const before = this.#peers.get(source);
    const vips = refusal === undefined ? addresses : [];
    const peer: HeardPeer = { address: source, priority, at, version, intervalMs, vips, refusal };
    this.#remember(peer);
    this.#report(before === undefined ? [] : findingsOf(before, own), findingsOf(peer, own));
    if (refusal !== undefined) {
      this.#discarded[refusal] = (this.#discarded[refusal] ?? 0) + 1;
      return false;
    }
    this.#received++;
    this.#last = { address: source, priority, at };
    return true;
  }

  /** Notes whether the last message came from a router that stays active with a lower priority. */
  noteContest(isLower: boolean): void {
    this.#contests = isLower ? this.#contests + 1 : 0;
    if (this.#contests !== CONTESTED_AFTER || this.#last === undefined) return;
    const { address, priority } = this.#last;
    this.#problems.report(`${address} stays active with the lower priority ${priority}: it does not hear this router`);
  }

  /** Whether another router is active now, although it has a lower priority: one that yields is silent afterwards. */
  isContested(settings: RouterSettings): boolean {
    // The clock may have been set back.
    const silentMs = Math.abs(this.#timeOfDay() - (this.#last?.at ?? 0));
    return this.#contests >= CONTESTED_AFTER && silentMs <= SILENT_AFTER * intervalOnWire(settings);
  }

  /** How the advertisements of the others differ from those of the router, as it is now. */
  findings(own: OwnRouter): readonly HeardFinding[] {
    const oldest = this.#timeOfDay() - FINDING_MS;
    return [...this.#peers.values()].filter(({ at }) => at >= oldest).flatMap((peer) => findingsOf(peer, own));
  }

  /** What a router's status says about the others. */
  summary(
    own: OwnRouter,
  ): Pick<RouterStatus, "heard" | "peers" | "findings" | "isContested" | "received" | "discarded"> {
    const { last: heard, peers, received, discarded } = this;
    return {
      heard,
      peers,
      findings: this.findings(own),
      isContested: this.isContested(own.settings),
      received,
      discarded,
    };
  }

  #remember(peer: HeardPeer): void {
    this.#peers.delete(peer.address);
    this.#peers.set(peer.address, peer);
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > MOST_PEERS && oldest !== undefined) this.#peers.delete(oldest);
  }

  /** Reports what begins; what has ended is reported again when it returns. */
  #report(before: readonly HeardFinding[], now: readonly HeardFinding[]): void {
    for (const { text } of before) if (!now.some((each) => each.text === text)) this.#problems.forget(text);
    for (const { text } of now) this.#problems.report(text);
  }
}

/** The kinds of findings for refusals that have one of their own name. */
const KINDS: { readonly [reason in Refusal]?: VrrpFindingKind } = {
  "version-differs": "version",
  "interval-differs": "interval",
  "password": "password",
  "destination": "destination",
  "peer": "peer",
  "hop-limit": "hop-limit",
  "own-address": "source",
};

/** How the advertisements of another router differ from those of this one. */
function findingsOf(peer: HeardPeer, own: OwnRouter): readonly HeardFinding[] {
  const { address, refusal } = peer;
  const finding = (kind: VrrpFindingKind, text: string): HeardFinding => ({ kind, address, text });
  if (refusal !== undefined) {
    const kind = KINDS[refusal];
    const reason = REFUSAL_WORDS[refusal] ?? refusal;
    return kind === undefined ? [] : [finding(kind, `it discards the advertisements of ${address}: ${reason}`)];
  }
  return [
    ...addressFindings(peer, own).map(([kind, text]) => finding(kind, `${address} ${text}`)),
    ...peer.priority !== PRIORITY_STOP && peer.priority === own.priority
      ? [finding("priority", `${address} has the priority ${peer.priority} too: the greater address decides`)]
      : [],
    ...peer.intervalMs === intervalOnWire(own.settings) ? [] : [
      finding(
        "interval",
        `${address} has the interval ${formatDuration(peer.intervalMs)}, and this router ` +
          formatDuration(intervalOnWire(own.settings)),
      ),
    ],
  ];
}

/** Addresses that only one of two routers has; none in common: they are two virtual routers with one number. */
function addressFindings(
  { vips }: HeardPeer,
  { settings }: OwnRouter,
): readonly (readonly [kind: VrrpFindingKind, text: string])[] {
  const own = new Set(settings.vips.map(({ address }) => address));
  const others = new Set(vips);
  const [lacks, more] = [[...own].filter((each) => !others.has(each)), [...others].filter((each) => !own.has(each))];
  if (lacks.length === 0 && more.length === 0) return [];
  // Two virtual routers over IPv6 may have one link-local address, although nothing else is the same.
  const isCommon = (each: IpAddress): boolean => others.has(each) && !isLinkLocal(each);
  if (![...own].some(isCommon)) return [["vrid", `uses the vrid ${settings.vrid} for other addresses: ${named(more)}`]];
  const parts = [
    ...lacks.length === 0 ? [] : [`it lacks ${named(lacks)}`],
    ...more.length === 0 ? [] : [`it has ${named(more)} in addition`],
  ];
  return [["addresses", `advertises other addresses: ${parts.join(", and ")}`]];
}

function named(addresses: readonly IpAddress[]): string {
  const rest = addresses.length - MOST_NAMED;
  return `${addresses.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function isLinkLocal(address: IpAddress): boolean {
  return addressFamily(address) === "ipv6" && /^fe[89ab]/.test(address);
}
