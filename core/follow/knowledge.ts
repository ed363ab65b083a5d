import type { AgentRecords, HealthRecords } from "../health/mod.ts";
import {
  careOf,
  checkOf,
  formatServerId,
  formatServiceId,
  type Override,
  overrideOf,
  type ServiceId,
} from "../model/mod.ts";
import { closedAmong } from "../reconcile/mod.ts";
import type { EffectiveContext, RememberedService } from "../effective/mod.ts";
import type { EndsOf } from "./draining_connections.ts";
import { currentServers, type HealthKernel } from "./kernel.ts";

/** Everything that is known at a moment, beside what the kernel has. */
export interface Knowledge {
  /** What is believed of the servers. */
  readonly records: HealthRecords;
  /** What their agents have said; nothing without it. */
  readonly agents?: AgentRecords;
  /** What operators have said; nothing without it. */
  readonly overrides?: readonly Override[];
  /** What is remembered of the services, by their names; nothing without it. */
  readonly standings?: ReadonlyMap<string, RememberedService>;
  /** Which connections are closed, of servers that leave; without it, all of them are waited for. */
  readonly ends?: EndsOf | undefined;
  /** The time of day; milliseconds since 1970. */
  readonly now: number;
}

/** What the effective state depends on, for what is known and what the kernel has. */
export function contextOf(kernel: HealthKernel, knowledge: Knowledge): EffectiveContext {
  return { ...knownContext(knowledge), current: currentServers(kernel), ...connectionContext(kernel, knowledge) };
}

/** The part of the context that the kernel has no say in. */
function knownContext(
  { records, agents, overrides = [], standings, now }: Knowledge,
): Omit<EffectiveContext, "current"> {
  return {
    now,
    health: (service, server) => records.health(server, checkOf(service, server)),
    asked: (service, server) => records.weight(server, checkOf(service, server)),
    agent: (service, server) => {
      const state = agents?.state(server, careOf(service, server).agent);
      return state === undefined || (state.answeredAt === undefined && state.silent === undefined) ? undefined : state;
    },
    ...(overrides.length === 0
      ? {}
      : { override: (desired, server) => overrideOf(overrides, { service: desired.service.id, server, now }) }),
    ...(standings === undefined ? {} : { standing: (desired) => standings.get(formatServiceId(desired.service.id)) }),
  };
}

/**
 * Counts connections that are not known to be closed, of one service after the other: what is asked about its servers is
 * read from the kernel once.
 */
function connectionContext(
  kernel: HealthKernel,
  { ends }: Pick<Knowledge, "ends">,
): Pick<EffectiveContext, "connections"> {
  if (kernel.countedServers === undefined) return {};
  let read: { readonly id: ServiceId; readonly counts: ReadonlyMap<string, number> } | undefined;
  return {
    connections: (id, server) => {
      if (read?.id !== id) {
        const servers = kernel.countedServers?.(id) ?? [];
        read = {
          id,
          counts: new Map(
            servers.map((each) => {
              const { activeConnections: active, inactiveConnections: inactive } = each;
              return [formatServerId(each), active + inactive - closedAmong(each, ends?.(id, each))];
            }),
          ),
        };
      }
      return read.counts.get(formatServerId(server));
    },
  };
}
