import type { RoundResult, ServerRound, ServiceRound } from "../../core/health/mod.ts";
import { formatQuorum, formatServerId, formatServiceId, type ProbeResult, type Quorum } from "../../core/model/mod.ts";
import { type Cell, type Column, layOut, type Row } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { NAME_COLUMN, nameBefore } from "./table.ts";
import { type ExchangePiece, exchangePieceJson, formatExchangePiece } from "./exchange.ts";
import { type Json, serverIdJson, serviceIdJson } from "./json.ts";

/** The exchange of the check of a server. */
export type ExchangeOf = (server: ServerRound) => readonly ExchangePiece[];

/**
 * A round of checks in lines: one for each service, its servers below it.
 *
 * @param round The results.
 * @param options.exchange The exchanges to print below the servers.
 * @param options.width The largest width of a line; undefined for any.
 * @param options.onlyTrouble Whether servers that are healthy without a warning, and services of such servers that have
 *   their quorum, are left out.
 */
export function formatRound(
  { services }: RoundResult,
  options: {
    readonly exchange?: ExchangeOf | undefined;
    readonly width?: number | undefined;
    readonly onlyTrouble?: boolean | undefined;
  } = {},
): readonly Line[] {
  const { exchange = () => [], width, onlyTrouble = false } = options;
  const shown = onlyTrouble
    ? services.filter((service) => !service.quorumMet || service.servers.some(isTrouble))
    : services;
  const rows = shown.flatMap((service): readonly Row[] => [
    serviceRow(service, width),
    ...service.servers.filter((server) => !onlyTrouble || isTrouble(server)).flatMap((server) => [
      serverRow(server),
      ...exchange(server).flatMap((piece) => formatExchangePiece(piece).split("\n")).map((text) => ({
        text,
        indent: 6,
      })),
    ]),
  ]);
  return layOut({ columns: COLUMNS, rows }, { width });
}

/** Whether the check of a server failed or gave a warning. */
function isTrouble({ result }: ServerRound): boolean {
  return result !== undefined && (!result.ok || result.warning !== undefined);
}

const COLUMNS: readonly Column[] = [NAME_COLUMN, {}, { align: "right" }, { cut: "end", least: 16 }];

function serviceRow({ desired, servers, passed, quorumMet }: ServiceRound, width: number | undefined): Row {
  const name = desired.name === undefined ? "" : ` (${desired.name})`;
  const quorum = quorumMet ? "" : `, below its quorum of ${formatQuorum(desired.quorum)}`;
  const rest = `: ${passed} of ${servers.length} healthy${quorum}`;
  const text = nameBefore(rest, { name: `${formatServiceId(desired.service.id)}${name}`, width });
  return { text, style: quorumMet ? undefined : "bad" };
}

function serverRow({ server, result }: ServerRound): Row {
  const address = `  -> ${formatServerId(server)}`;
  const style = server.weight === 0 ? "dim" : undefined;
  if (result === undefined) return { cells: [address, "unchecked"], style };
  const latency = `${result.latencyMs.toFixed(1)} ms`;
  if (result.ok) {
    const warning = result.warning === undefined ? "" : `; warning: ${result.warning}`;
    return { cells: [address, "healthy", latency, `${result.detail}${warning}`], style };
  }
  // The probe failed on this machine: the server's health is unknown.
  const word: Cell = result.inconclusive ? { text: "unknown", style: "warning" } : { text: "FAILED", style: "bad" };
  return { cells: [address, word, latency, result.reason], style };
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
      ...serviceIdJson(desired.service.id),
      name: desired.name ?? null,
      healthy: passed,
      quorum: quorumJson(desired.quorum, { isMet: quorumMet }),
      servers: servers.map((each) => serverJson(each, options.exchange)),
    })),
  };
}

function serverJson(each: ServerRound, exchange: ExchangeOf | undefined): Json {
  const { server, result } = each;
  return {
    ...serverIdJson(server),
    health: result === undefined ? null : healthOf(result),
    weight: result?.ok === true ? result.weight ?? null : null,
    last: result === undefined ? null : probeJson(result, { at: null }),
    ...(exchange === undefined ? {} : { exchange: exchange(each).map(exchangePieceJson) }),
  };
}

/** The health that a single result means. */
export function healthOf(result: ProbeResult): "healthy" | "unhealthy" | "unknown" {
  if (result.ok) return "healthy";
  return result.inconclusive === true ? "unknown" : "unhealthy";
}

/**
 * The result of a probe as JSON.
 *
 * @param options.at The time of the probe, if it is known.
 */
export function probeJson(result: ProbeResult, { at }: { readonly at: string | null }): Json {
  return {
    at,
    ok: result.ok,
    inconclusive: !result.ok && result.inconclusive === true,
    latency_ms: result.latencyMs,
    detail: result.ok ? result.detail : result.reason,
    warning: result.ok ? result.warning ?? null : null,
  };
}

/** A quorum as JSON. */
export function quorumJson(quorum: Quorum, { isMet }: { readonly isMet: boolean }): Json {
  return { unit: quorum.unit, amount: quorum.amount, hysteresis: quorum.hysteresis, met: isMet };
}
