import type { IpAddress } from "./address.ts";
import type { SimpleCheck } from "./check_types.ts";
import type { ServiceId } from "./service.ts";

/** By what way a probe reaches the server. */
export interface CheckPath {
  /** Address that is probed; the server's own where it is not given. */
  readonly address?: IpAddress;
  /** Port that is probed; the server's own where it is not given. */
  readonly port?: number;
  /** Address that the probe comes from; the system chooses where it is not given. */
  readonly source?: IpAddress;
  /** Name of the interface that the probe leaves by (SO_BINDTODEVICE); the routes choose where it is not given. */
  readonly interface?: string;
  /**
   * Firewall mark of the probe's packets (SO_MARK), by which rules send them on a way of their own: with the VIP as
   * `address`, the one that the clients' packets take.
   */
  readonly mark?: number;
}

/** One of the checks that a check is composed of: it has a way of its own, and the deadline of the whole. */
export type CheckPart = SimpleCheck & CheckPath;

/** A check that is composed of others, which are all made at the same time. */
export interface CompositeCheck {
  /** Tells the kinds of check apart: all parts have to pass, one has to, or `needed` have to. */
  readonly type: "all_of" | "any_of" | "k_of";
  /** The parts, one or more. */
  readonly checks: readonly CheckPart[];
  /** How many have to pass: what `type` says, as a number. */
  readonly needed: number;
}

/** What keeps a server out that comes and goes. */
export interface FlapDamping {
  /** So many times it became unhealthy, 2 or more, */
  readonly changes: number;
  /** within this time; milliseconds. */
  readonly withinMs: number;
  /** Then it has to pass for this long without a failure to be healthy again; milliseconds. */
  readonly holdMs: number;
}

/** When a check is made, and how many results count. */
export interface CheckTiming {
  /** From the start of one probe to the start of the next; milliseconds. */
  readonly intervalMs: number;
  /** Hard deadline of a probe; milliseconds. */
  readonly timeoutMs: number;
  /** Successes in a row that make a server healthy. */
  readonly rise: number;
  /** Failures in a row that make it unhealthy. */
  readonly fall: number;
  /** As `intervalMs`, while the server is unhealthy; `intervalMs` where it is not given. */
  readonly unhealthyIntervalMs?: number;
  /**
   * From the start of a probe that contradicts what is believed to the start of the next, until `rise` or `fall` decide;
   * milliseconds. The interval where it is not given.
   */
  readonly retryDelayMs?: number;
  /** The first probe comes at a random moment within this; milliseconds. The monitor chooses where it is not given. */
  readonly warmupMs?: number;
  /** What keeps a server out that comes and goes; nothing where it is not given. */
  readonly flapDamping?: FlapDamping;
}

/** What a check probes, without its way and its timing. */
export type CheckMethod = SimpleCheck | CompositeCheck;

/** A check as it is configured: what to probe, by what way, how often, and how many results count. */
export type Check = CheckMethod & CheckPath & CheckTiming;

/** The word that says what a check probes. */
export type CheckType = Check["type"];

/** Timing where the file says nothing. */
export const DEFAULT_TIMING: CheckTiming = { intervalMs: 2000, timeoutMs: 1000, rise: 2, fall: 3 };

/**
 * What one probe found. A result that is `inconclusive` says nothing of the server, for the probe failed on this
 * machine (no file descriptor left, connecting forbidden): it is reported, and it counts neither way.
 *
 * `warning` is something that will make the server fail some day: a certificate about to expire. `weight` is what the
 * server asks for, 0 to 253 or what a file says.
 */
export type ProbeResult =
  | {
    readonly ok: true;
    readonly latencyMs: number;
    readonly detail: string;
    readonly warning?: string;
    readonly weight?: number;
  }
  | { readonly ok: false; readonly latencyMs: number; readonly reason: string; readonly inconclusive?: true };

/** What lvsctl believes of a server: `unknown` until rise or fall results have come in. */
export type Health = "unknown" | "healthy" | "unhealthy";

/** Types of checks that do not go to a port of the server. */
const PORTLESS: ReadonlySet<CheckType> = new Set(["ping", "exec", "file"]);

/** Whether a check, or a part of one, probes the port of the server itself, which then has to have one. */
export function needsServerPort(check: Check | CheckPart): boolean {
  if (check.port !== undefined) return false;
  return "checks" in check ? check.checks.some(needsServerPort) : !PORTLESS.has(check.type);
}

/** The check as one of a certain service: commands are told which. */
export function bindCheck<C extends Check | CheckPart>(check: C, service: ServiceId): C {
  if ("checks" in check) return { ...check, checks: check.checks.map((part) => bindCheck(part, service)) };
  return check.type === "exec" || check.type === "file" ? { ...check, service } : check;
}
