import type { IpAddress } from "./address.ts";
import type { SimpleCheck } from "./check_types.ts";
import type { ServiceId } from "./service.ts";

/** The path by which a probe reaches the server. */
export interface CheckPath {
  /** Address to probe; the server's own by default. */
  readonly address?: IpAddress;
  /** Port to probe; the server's own by default. */
  readonly port?: number;
  /** Source address of the probe; the system chooses it by default. */
  readonly source?: IpAddress;
  /** Interface that the probe leaves by (SO_BINDTODEVICE); the routes choose it by default. */
  readonly interface?: string;
  /**
   * Firewall mark of the probe's packets (SO_MARK), by which rules can route them separately: with the VIP as
   * `address`, by the path of the clients' packets.
   */
  readonly mark?: number;
}

/** One part of a composite check: it has its own path, and the deadline of the whole. */
export type CheckPart = SimpleCheck & CheckPath;

/** A check that consists of others, which all run at the same time. */
export interface CompositeCheck {
  /** Kind of check: all parts must pass, one of them, or `needed` of them. */
  readonly type: "all_of" | "any_of" | "k_of";
  /** The parts, one or more. */
  readonly checks: readonly CheckPart[];
  /** How many parts must pass, for each `type`. */
  readonly needed: number;
}

/** Flap damping: keeps a server out of use that fails and recovers repeatedly. */
export interface FlapDamping {
  /** How many changes to unhealthy start the damping, 2 or more. */
  readonly changes: number;
  /** Time within which they count; milliseconds. */
  readonly withinMs: number;
  /** How long the server must then pass without a failure to become healthy; milliseconds. */
  readonly holdMs: number;
}

/** When a check runs, and how many results decide. */
export interface CheckTiming {
  /** From the start of one probe to the start of the next; milliseconds. */
  readonly intervalMs: number;
  /** Hard deadline of a probe; milliseconds. */
  readonly timeoutMs: number;
  /** Successes in a row that make a server healthy. */
  readonly rise: number;
  /** Failures in a row that make it unhealthy. */
  readonly fall: number;
  /** As `intervalMs`, while the server is unhealthy; `intervalMs` by default. */
  readonly unhealthyIntervalMs?: number;
  /**
   * From the start of a probe that contradicts the server's health to the start of the next, until `rise` or `fall`
   * decide; milliseconds. The interval by default.
   */
  readonly retryDelayMs?: number;
  /** Time within which the first probe starts at random; milliseconds. The monitor chooses it by default. */
  readonly warmupMs?: number;
  /** Flap damping; none by default. */
  readonly flapDamping?: FlapDamping;
}

/** The method of a check, without its path and its timing. */
export type CheckMethod = SimpleCheck | CompositeCheck;

/** A check as configured: method, path and timing. */
export type Check = CheckMethod & CheckPath & CheckTiming;

/** Name of a check's method. */
export type CheckType = Check["type"];

/** Default timing of a check. */
export const DEFAULT_TIMING: CheckTiming = { intervalMs: 2000, timeoutMs: 1000, rise: 2, fall: 3 };

/**
 * The kinds of failure of a probe, for metrics: the connection was refused or reset, nothing came in time, no route, TLS,
 * an answer that is not the expected one, and a failure of this machine.
 */
export const FAILURE_CLASSES = ["refused", "reset", "timeout", "unreachable", "tls", "answer", "local"] as const;

/** One of {@linkcode FAILURE_CLASSES}. */
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/**
 * Result of one probe. A result is `inconclusive` if the probe failed on this machine (no file descriptor left,
 * connecting forbidden): it is reported, and counts neither as a success nor as a failure.
 *
 * `warning` is a future cause of failure, such as a certificate about to expire. `weight` is the weight that the server
 * requests, 0 to 253, or the number in a file. `certificateMs` is the remaining lifetime of the server's certificate.
 */
export type ProbeResult =
  | {
    readonly ok: true;
    readonly latencyMs: number;
    readonly detail: string;
    readonly warning?: string;
    readonly weight?: number;
    readonly certificateMs?: number;
  }
  | {
    readonly ok: false;
    readonly latencyMs: number;
    readonly reason: string;
    readonly failure?: FailureClass;
    readonly inconclusive?: true;
  };

/** Health of a server: `unknown` until rise or fall results have arrived. */
export type Health = "unknown" | "healthy" | "unhealthy";

/** Types of checks that do not use a port of the server. */
const PORTLESS: ReadonlySet<CheckType> = new Set(["ping", "exec", "file"]);

/** Whether a check, or a part of one, probes the server's own port, so that the server must have one. */
export function needsServerPort(check: Check | CheckPart): boolean {
  if (check.port !== undefined) return false;
  return "checks" in check ? check.checks.some(needsServerPort) : !PORTLESS.has(check.type);
}

/** Types of checks that look at this machine, and use no address. */
const LOCAL: ReadonlySet<CheckType> = new Set(["exec", "file"]);

/** Whether a check, or a part of one, probes the server's own address. */
export function needsServerAddress(check: Check | CheckPart): boolean {
  if (check.address !== undefined) return false;
  return "checks" in check ? check.checks.some(needsServerAddress) : !LOCAL.has(check.type);
}

/** The check of one particular service, whose name its commands and paths can contain. */
export function bindCheck<C extends Check | CheckPart>(check: C, service: ServiceId): C {
  if ("checks" in check) return { ...check, checks: check.checks.map((part) => bindCheck(part, service)) };
  return check.type === "exec" || check.type === "file" ? { ...check, service } : check;
}
