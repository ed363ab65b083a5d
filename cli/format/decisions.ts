import type { ServerStatus, ServiceStatus } from "../../core/daemon/mod.ts";
import { explainWeight, lastResult } from "../../core/effective/mod.ts";
import { fieldsOf, isCount, itemsOf } from "../../core/json/mod.ts";
import { formatServerId, formatServiceId } from "../../core/model/mod.ts";
import type { Json } from "./json.ts";

/** The daemon's decision about a server of its file. */
export interface ServerVerdict {
  /** Its weight in the table; undefined: not in the table. */
  readonly weight: number | undefined;
  /** The reason, as text. */
  readonly reason: string;
  /** Whether an override decided. */
  readonly isOverridden: boolean;
}

/** The daemon's decisions about a service of its file. */
export interface ServiceDecisions {
  /** The servers of the file, by `formatServerId`. */
  readonly servers: ReadonlyMap<string, ServerVerdict>;
  /** The other servers that it has in the table: the fallback, and those that the file does not name. */
  readonly others: ReadonlySet<string>;
}

/** A running daemon, and its decisions. */
export interface DaemonDecisions {
  /** The process id. */
  readonly pid: number;
  /** The path of its file, without symbolic links. */
  readonly file: string;
  /** The services of its file, by `formatServiceId`. */
  readonly services: ReadonlyMap<string, ServiceDecisions>;
  /** The addresses that it keeps on the interfaces. */
  readonly vips: ReadonlySet<string>;
}

/** The decisions as JSON, for the control socket. */
export function decisionsJson(
  services: readonly ServiceStatus[],
  about: { readonly pid: number; readonly file: string; readonly vips: readonly string[] },
): { readonly [key: string]: Json } {
  return {
    pid: about.pid,
    file: about.file,
    vips: [...about.vips],
    services: services.map(({ desired, effective, servers }) => {
      const fallback = effective.onFallback && desired.fallback !== undefined ? [desired.fallback] : [];
      return {
        service: formatServiceId(desired.service.id),
        servers: servers.map(verdictJson),
        others: [...fallback, ...effective.kept, ...effective.draining].map(formatServerId),
      };
    }),
  };
}

function verdictJson({ server, state, weight, parts, isRetained }: ServerStatus): Json {
  const result = state === undefined ? undefined : lastResult(state) ?? "not checked yet";
  const reasons = [...(result === undefined ? [] : [result]), ...explainWeight(parts)];
  return {
    address: formatServerId(server),
    weight: weight ?? null,
    reason: [...reasons, ...(isRetained ? ["kept because too few other servers serve"] : [])].join("; "),
    overridden: parts.override !== undefined,
  };
}

/** Reads the result of {@linkcode decisionsJson}; unknown fields are ignored, because the daemon may have another version. */
export function readDecisions(value: unknown): DaemonDecisions {
  const { pid, file, vips, services } = fieldsOf(value);
  return {
    pid: Number(pid),
    file: String(file),
    vips: new Set(itemsOf(vips).map(String)),
    services: new Map(
      itemsOf(services).map(fieldsOf).map(({ service, servers, others }) => [String(service), {
        servers: new Map(
          itemsOf(servers).map(fieldsOf).map(({ address, weight, reason, overridden }) => [
            String(address),
            { weight: isCount(weight) ? weight : undefined, reason: String(reason), isOverridden: overridden === true },
          ]),
        ),
        others: new Set(itemsOf(others).map(String)),
      }]),
    ),
  };
}
