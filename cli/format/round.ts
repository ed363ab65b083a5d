import type { RoundResult, ServerRound, ServiceRound } from "../../core/health/mod.ts";
import { formatQuorum, formatServerId, formatServiceId } from "../../core/model/mod.ts";
import { alignColumns } from "./columns.ts";
import { type ExchangePiece, exchangePieceJson, formatExchangePiece } from "./exchange.ts";
import type { Json } from "./json.ts";

/** The exchange of the check of a server. */
export type ExchangeOf = (server: ServerRound) => readonly ExchangePiece[];

/**
 * A round of checks as text: a line for each service, its servers below it.
 *
 * @param round The results.
 * @param options.exchange The exchanges to print below the servers.
 */
export function formatRound(
  { services }: RoundResult,
  options: { readonly exchange?: ExchangeOf | undefined } = {},
): string {
  const { exchange = () => [] } = options;
  const rows = services.flatMap(({ servers }) => servers.map(serverCells));
  const aligned = alignColumns(rows, ["left", "left", "right"]);
  let next = 0;
  return services.map((service) => {
    const own = aligned.slice(next, next + service.servers.length);
    next += service.servers.length;
    const lines = own.flatMap((line, index) => {
      const server = service.servers[index];
      const pieces = server === undefined ? [] : exchange(server);
      return [line, ...pieces.map(formatExchangePiece)];
    });
    return [serviceLine(service), ...lines].map((line) => `${line}\n`).join("");
  }).join("");
}

function serviceLine({ desired, servers, passed, quorumMet }: ServiceRound): string {
  const name = desired.name === undefined ? "" : ` (${desired.name})`;
  const quorum = quorumMet ? "" : `, below its quorum of ${formatQuorum(desired.quorum)}`;
  return `${formatServiceId(desired.service.id)}${name}: ${passed} of ${servers.length} healthy${quorum}`;
}

function serverCells({ server, result }: ServerRound): string[] {
  const address = `  -> ${formatServerId(server)}`;
  if (result === undefined) return [address, "unchecked"];
  const latency = `${result.latencyMs.toFixed(1)} ms`;
  if (result.ok) {
    const warning = result.warning === undefined ? "" : `; warning: ${result.warning}`;
    return [address, "healthy", latency, `${result.detail}${warning}`];
  }
  // The probe failed on this machine: the server's health is unknown.
  return [address, result.inconclusive ? "unknown" : "FAILED", latency, result.reason];
}

/** A round of checks as JSON, with the exchanges if `options.exchange` is given. */
export function roundJson(
  round: RoundResult,
  options: { readonly exchange?: ExchangeOf | undefined } = {},
): { readonly [key: string]: Json } {
  return {
    all_healthy: round.allPassed,
    quorums_met: round.quorumsMet,
    duration_ms: round.durationMs,
    services: round.services.map(({ desired, servers, passed, quorumMet }) => ({
      service: formatServiceId(desired.service.id),
      name: desired.name ?? null,
      healthy: passed,
      quorum: desired.quorum.amount,
      quorum_met: quorumMet,
      servers: servers.map((each) => serverJson(each, options.exchange)),
    })),
  };
}

function serverJson(each: ServerRound, exchange: ExchangeOf | undefined): Json {
  const { server, result } = each;
  return {
    address: formatServerId(server),
    checked: result !== undefined,
    healthy: result?.ok ?? true,
    inconclusive: result?.ok === false && result.inconclusive === true,
    latency_ms: result?.latencyMs ?? null,
    warning: result?.ok === true ? result.warning ?? null : null,
    weight: result?.ok === true ? result.weight ?? null : null,
    detail: result === undefined ? null : result.ok ? result.detail : result.reason,
    ...(exchange === undefined ? {} : { exchange: exchange(each).map(exchangePieceJson) }),
  };
}
