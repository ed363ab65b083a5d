import {
  addressFamily,
  type CountedServer,
  formatEndpoint,
  formatServerId,
  formatServiceId,
  visible,
} from "../../core/model/mod.ts";
import {
  type Availability,
  availabilityOf,
  type ChoiceBasis,
  type ExplainedConnection,
  type ExplainedResult,
  type Explanation,
} from "../../core/scheduling/mod.ts";
import { type Column, layOut } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { type Json, serverIdJson, serviceIdJson } from "./json.ts";

/**
 * The lines of an explanation: the server first, then the steps of the kernel, then the servers of the service.
 *
 * @param request The connection.
 * @param explanation Its explanation.
 * @param options.width The largest width of a line; undefined cuts and wraps none.
 */
export function formatExplanation(
  request: ExplainedConnection,
  { steps, servers, result }: Explanation,
  { width }: { readonly width?: number | undefined } = {},
): readonly Line[] {
  const title = `${clientName(request)} to ${formatServiceId(request.wanted)}: ${formatResult(result)}`;
  return layOut({
    columns: SERVER_COLUMNS,
    rows: [
      { text: title, indent: 4 },
      ...steps.map(({ topic, text }) => ({ text: `  ${topic}: ${visible(text)}`, indent: 4 })),
      ...servers.map((server) => ({ cells: ["", ...serverCells(server)] })),
    ],
  }, { width });
}

const SERVER_COLUMNS: readonly Column[] = [
  {},
  { cut: "middle" },
  {},
  { align: "right" },
  { align: "right" },
  { align: "right" },
  { cut: "end" },
];

function clientName({ client, clientPort }: ExplainedConnection): string {
  return clientPort === undefined ? client : formatEndpoint(client, clientPort);
}

function formatResult(result: ExplainedResult): string {
  switch (result.kind) {
    case "server":
      return `${formatServerId(result.server)}${BASES[result.basis]}`;
    case "none":
      return "no real server";
    case "undetermined":
      return `one of ${result.candidates.map(formatServerId).join(", ")}`;
  }
}

const BASES: Readonly<Record<ChoiceBasis, string>> = {
  rule: "",
  counts: " at the moment",
  assumption: ", under the assumption below",
};

const AVAILABILITIES: Readonly<Record<Availability, string>> = {
  available: "accepts connections",
  quiesced: "quiesced",
  full: "full: its upper threshold is reached",
  recovering: "full, if it has been since it was below its lower threshold",
};

function serverCells(server: CountedServer): string[] {
  return [
    formatServerId(server),
    server.forward,
    `weight ${server.weight}`,
    `${server.activeConnections} active`,
    `${server.inactiveConnections} inactive`,
    AVAILABILITIES[availabilityOf(server)],
  ];
}

/** An explanation as JSON. */
export function explanationJson(
  request: ExplainedConnection,
  explanation: Explanation,
): { readonly [key: string]: Json } {
  const { match, steps, servers, result } = explanation;
  return {
    client: { address: request.client, port: request.clientPort ?? null, family: addressFamily(request.client) },
    destination: serviceIdJson(request.wanted),
    firewall_mark: request.mark === 0 ? null : request.mark,
    service: match === undefined ? null : serviceIdJson(match.service.id),
    matched_by: match?.by ?? null,
    scheduler: match?.service.scheduler ?? null,
    ...resultJson(result),
    steps: steps.map(({ topic, text }) => ({ topic, text })),
    servers: servers.map(serverJson),
  };
}

function resultJson(result: ExplainedResult): { readonly [key: string]: Json } {
  return {
    result: result.kind,
    server: result.kind === "server" ? serverIdJson(result.server) : null,
    decided_by: result.kind === "server" ? result.by : null,
    basis: result.kind === "server" ? result.basis : null,
    candidates: result.kind === "undetermined" ? result.candidates.map(serverIdJson) : [],
  };
}

function serverJson(server: CountedServer): Json {
  return {
    ...serverIdJson(server),
    forward: server.forward,
    weight: server.weight,
    upper_threshold: server.upperThreshold,
    lower_threshold: server.lowerThreshold,
    active_connections: server.activeConnections,
    inactive_connections: server.inactiveConnections,
    availability: availabilityOf(server),
  };
}
