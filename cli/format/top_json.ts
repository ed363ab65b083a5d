import { formatServerId, formatServiceId, type ServerActivity, type TrafficRates } from "../../core/model/mod.ts";
import { type Json, serverIdJson, serviceIdJson } from "./json.ts";
import type { ServiceHealth } from "./table_health.ts";
import { orderedServers, orderedServices, type TopView, totals } from "./top_view.ts";

/** A view as JSON. */
export function topJson(view: TopView): { readonly [key: string]: Json } {
  const { activity, health, now } = view;
  const total = totals(activity);
  return {
    time: new Date(now).toISOString(),
    over_ms: activity.overMs === undefined ? null : Math.round(activity.overMs),
    counting: view.isCounting,
    daemon: health !== undefined,
    total: {
      services: total.services,
      servers: total.servers,
      active_connections: total.active,
      inactive_connections: total.inactive,
      rates: ratesJson(total.rates),
    },
    services: orderedServices(view).map((service) => {
      const name = formatServiceId(service.entry.service.id);
      const known = health?.get(name);
      return {
        ...serviceIdJson(service.entry.service.id),
        name: known?.name ?? null,
        scheduler: service.entry.service.scheduler,
        serving: known?.serving ?? null,
        configured: known?.configured ?? null,
        quorum_met: known?.quorumMet ?? null,
        active_connections: service.activeConnections,
        inactive_connections: service.inactiveConnections,
        rates: ratesJson(service.rates),
        servers: orderedServers(service, view).map((server) => serverJson(server, known)),
      };
    }),
  };
}

function serverJson({ server, rates }: ServerActivity, known: ServiceHealth | undefined): Json {
  return {
    ...serverIdJson(server),
    forward: server.forward,
    weight: server.weight,
    health: known?.servers.get(formatServerId(server)) ?? null,
    active_connections: server.activeConnections,
    inactive_connections: server.inactiveConnections,
    persistent_connections: server.persistentConnections,
    rates: ratesJson(rates),
  };
}

/** Rates per second, rounded to thousandths. */
function ratesJson(rates: TrafficRates | undefined): Json {
  if (rates === undefined) return null;
  const exact = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    connections: exact(rates.connections),
    in_packets: exact(rates.inPackets),
    out_packets: exact(rates.outPackets),
    in_bytes: exact(rates.inBytes),
    out_bytes: exact(rates.outBytes),
  };
}
