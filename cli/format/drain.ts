import {
  type Change,
  compareServerIds,
  formatDuration,
  formatServerId,
  formatServiceId,
  type RealServer,
  type ServiceId,
} from "../../core/model/mod.ts";
import {
  type DrainedServer,
  type DrainFate,
  type DrainProgress,
  type DrainRequest,
  type DrainResult,
  quiesceChanges,
} from "../../core/reconcile/mod.ts";
import type { Io } from "../context/io.ts";
import { layOut } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { Progress } from "../terminal/progress.ts";
import { count } from "./count.ts";
import { changeJson, type Json, serverIdJson, serviceIdJson } from "./json.ts";
import { changesJson } from "./printed_change.ts";

/** Time between two reports of the progress outside a terminal. */
const LOG_INTERVAL_MS = 10_000;

/** Reports the progress of a drain on standard error: on a terminal in one changing line, elsewhere at intervals. */
export class DrainReporter implements Disposable {
  readonly #io: Io;
  readonly #request: DrainRequest;
  readonly #line: Progress;
  #reportedAtMs = -Infinity;

  /**
   * Reports nothing yet.
   *
   * @param options.now The monotonic time; milliseconds.
   */
  constructor(io: Io, request: DrainRequest, options: { readonly now: () => number }) {
    this.#io = io;
    this.#request = request;
    this.#line = new Progress(io, { ...options, delayMs: 0 });
  }

  /** Reports the progress, unless the last report is too recent. */
  report(progress: DrainProgress): void {
    const { object, numbers } = this.#describe(progress);
    // The numbers are what changes, and a terminal may be too narrow for the names.
    if (this.#io.errIsTerminal) return this.#line.show(() => `${numbers}: ${object}`);
    if (progress.elapsedMs - this.#reportedAtMs < LOG_INTERVAL_MS) return;
    this.#reportedAtMs = progress.elapsedMs;
    this.#io.err(`lvsctl: ${object}: ${numbers}\n`);
  }

  /** Clears the line. */
  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }

  #describe({ waiting, remainingMs }: DrainProgress): { readonly object: string; readonly numbers: string } {
    const [first] = waiting;
    const servers = waiting.length === 1 && first !== undefined
      ? formatServerId(first)
      : count(waiting.length, "server");
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    const closed = sum(waiting.map(({ closedConnections }) => closedConnections));
    const words = [
      `${sum(waiting.map(({ activeConnections }) => activeConnections))} active`,
      `${sum(waiting.map(({ inactiveConnections }) => inactiveConnections))} inactive` +
      (closed === 0 ? "" : ` (${closed} of them closed, ignored)`),
    ];
    if (this.#request.persistent) {
      words.push(`${sum(waiting.map(({ persistentConnections }) => persistentConnections))} persistent`);
    }
    return {
      object: `draining ${servers} of ${formatServiceId(this.#request.id)}`,
      numbers: `${words.join(", ")}; ${seconds(remainingMs)} left`,
    };
  }
}

/**
 * The fate of the servers, a line for each.
 *
 * @param result.width The largest width of a line; a wider one continues on the next. Undefined for any.
 */
export function formatDrained(
  id: ServiceId,
  { servers, width }: Pick<DrainResult, "servers"> & { readonly width?: number | undefined },
): readonly Line[] {
  const rows = servers.map((server) => ({
    text: `${formatServerId(server)} of ${formatServiceId(id)}: ${describeFate(server)}`,
    indent: 4,
  }));
  return layOut({ columns: [], rows }, { width });
}

function describeFate({ fate, connections, formerWeight, elapsedMs }: DrainedServer): string {
  const left = connections === 0 ? "no connection" : count(connections, "connection");
  const after = `after ${seconds(elapsedMs)}`;
  switch (fate) {
    case "deleted":
      return `deleted ${after} with ${left} left`;
    case "kept":
      return `kept at weight 0 ${after} with ${left} left`;
    case "gone":
      return `deleted by another program ${after}`;
    case "reweighted":
      return `got a weight from another program ${after}; no longer drained, with ${left}`;
    case "quiesced":
      return `stays at weight 0 with ${left}${formerWeight === 0 ? "" : `; its weight was ${formerWeight}`}`;
    case "restored":
      return `restored to its weight ${formerWeight}`;
  }
}

/** The fates that a server with connections has only when time is up. */
const TIMED_OUT: ReadonlySet<DrainFate> = new Set(["deleted", "kept"]);

/** The fate of the servers, as JSON. */
export function drainJson(
  { id, servers: before }: Pick<DrainRequest, "id" | "servers">,
  { servers, isInterrupted, hasFailed }: DrainResult,
): { readonly [key: string]: Json } {
  const changes = servers.flatMap((server) => {
    const former = before.find((other) => compareServerIds(other, server) === 0);
    return former === undefined ? [] : changesOf(id, former, server);
  });
  return changesJson(changes.map((change) => ({ json: changeJson(change) })), {
    facts: {
      ...serviceIdJson(id),
      interrupted: isInterrupted,
      timed_out: hasFailed || servers.some(({ connections, fate }) => connections > 0 && TIMED_OUT.has(fate)),
      servers: servers.map((server) => ({
        ...serverIdJson(server),
        fate: server.fate,
        connections: server.connections,
        former_weight: server.formerWeight,
        elapsed_ms: Math.round(server.elapsedMs),
      })),
    },
  });
}

/** The change from the state of a server before a drain to the state after it. */
function changesOf(id: ServiceId, server: RealServer, { fate, formerWeight }: DrainedServer): readonly Change[] {
  if (fate === "deleted") return [{ operation: "deleteServer", id, server }];
  return fate === "restored" || formerWeight === 0 ? [] : quiesceChanges(id, [server]);
}

/** A duration in whole seconds, with minutes if there are any. */
function seconds(milliseconds: number): string {
  const whole = Math.max(0, Math.round(milliseconds / 1000));
  const minutes = Math.floor(whole / 60);
  if (minutes === 0 || whole % 60 === 0) return formatDuration(whole * 1000);
  return `${minutes}m${whole % 60}s`;
}
