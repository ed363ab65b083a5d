import type { ServerStatus } from "../../core/daemon/mod.ts";
import { explainWeight } from "../../core/effective/mod.ts";
import {
  formatQuorum,
  formatServerId,
  formatServiceId,
  type ListedServer,
  type Traffic,
} from "../../core/model/mod.ts";
import { formatAge } from "../format/age.ts";
import { groupDigits } from "../format/count.ts";
import { formatRate } from "../format/rate.ts";
import { type Html, html } from "./html.ts";
import { type RankedService, type ServerState, serverState, type ServiceState } from "./ranks.ts";
import type { Snapshot } from "./snapshot.ts";

/** The mark next to the word of a state, so that colour is not the only difference. */
const MARKS: Readonly<Record<ServerState | ServiceState, string>> = {
  ok: "\u2713",
  attention: "\u25b2",
  "below quorum": "\u2716",
  healthy: "\u2713",
  unhealthy: "\u2716",
  unknown: "?",
  unchecked: "\u2022",
  maintenance: "\u25a0",
  draining: "\u25bc",
};

/** The colour of a state. */
const COLORS: Readonly<Record<ServerState | ServiceState, "good" | "bad" | "warn" | "dim">> = {
  ok: "good",
  attention: "warn",
  "below quorum": "bad",
  healthy: "good",
  unhealthy: "bad",
  unknown: "warn",
  unchecked: "dim",
  maintenance: "warn",
  draining: "warn",
};

/** Options of {@linkcode serviceSection}. */
export interface SectionOptions {
  /** The moment that is shown. */
  readonly snapshot: Snapshot;
  /** The servers to show. */
  readonly servers: readonly ServerStatus[];
  /** The number of further servers, which the page of the service shows. */
  readonly hidden: number;
  /** Whether the service has the page for itself. */
  readonly isAlone: boolean;
}

/** A service with the table of its servers. */
export function serviceSection({ status, state }: RankedService, options: SectionOptions): Html {
  const { snapshot, servers, hidden, isAlone } = options;
  const { desired, effective } = status;
  const id = formatServiceId(desired.service.id);
  const name = desired.name === undefined ? "" : `${desired.name} `;
  const key = `service-${id}`;
  const entry = snapshot.entriesById.get(id);
  const listed = new Map(entry?.servers.map((server) => [formatServerId(server), server]));
  const link = `service?id=${encodeURIComponent(id)}`;
  const facts = [
    `${groupDigits(effective.serving)} of ${groupDigits(status.servers.length)} serve`,
    `quorum ${formatQuorum(desired.quorum)}${effective.quorumMet ? "" : ": lost"}`,
    `scheduler ${desired.service.scheduler}`,
    ...entry === undefined ? ["not in the table"] : trafficTexts(entry.statistics.rates),
  ];
  const title = isAlone ? html`${name}<code>${id}</code>` : html`<a href="${link}">${name}<code>${id}</code></a>`;
  return html`
    <section id="${key}" class="${COLORS[state]}" aria-labelledby="${key}-title">
    <h2 id="${key}-title">${stateMark(state)} ${title}</h2>
    <p>${facts.join("; ")}</p>
    ${noteList(notesOf(status))}
    ${servers.length === 0 ? undefined : html`
      <table role="table">
        <caption class="hidden">Real servers of ${name}${id}</caption>
        <thead role="rowgroup">
          <tr role="row">${COLUMNS.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}</tr>
        </thead>
        <tbody role="rowgroup">
      ${servers.map((server) =>
        serverRow(server, { key, now: snapshot.now, listed, origins: desired.origins })
      )}</tbody>
      </table>
    `}
    ${hidden === 0 ? undefined : html`<p><a href="${link}">${groupDigits(hidden)} more servers of ${name}${id}</a></p>`}
    </section>
  `;
}

const COLUMNS = ["Server", "State", "Since", "Last check", "Weight", "Connections", "Traffic"] as const;

function serverRow(
  server: ServerStatus,
  { key, now, listed, origins }: {
    readonly key: string;
    readonly now: number;
    readonly listed: ReadonlyMap<string, ListedServer>;
    readonly origins: ReadonlyMap<string, string> | undefined;
  },
): Html {
  const id = formatServerId(server.server);
  const state = serverState(server);
  const current = listed.get(id);
  const since = server.state?.since;
  const source = origins?.get(id);
  const origin = source === undefined ? undefined : html`
    <small>from ${source}</small>
  `;
  const cells = [
    stateMark(state),
    since === undefined ? "" : timeAgo(since, { now }),
    lastCheck(server, now),
    weightCell(server),
    current === undefined ? "" : connectionsText(current),
    current === undefined ? "" : trafficCell(current.statistics.rates),
  ];
  return html`
    <tr role="row" id="${key}-${id}"
      class="${COLORS[state]}"><th role="rowheader" scope="row"><code>${id}</code>${origin}</th>${cells.map((
        cell,
        index,
      ) => html`<td role="cell" data-label="${COLUMNS[index + 1]}">${cell}</td>`)}</tr>
  `;
}

/** The mark and the word of a state. */
export function stateMark(state: ServerState | ServiceState): Html {
  return html`<span class="state ${COLORS[state]}"><span aria-hidden="true">${MARKS[state]} </span>${state}</span>`;
}

/** The age of a moment; a program reads the moment itself. */
export function timeAgo(at: number, { now }: { readonly now: number }): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${formatAge(now - at)}</time>`;
}

function lastCheck({ state }: ServerStatus, now: number): Html {
  if (state === undefined) return html`no check`;
  const last = state.history.at(-1);
  if (last === undefined) return html`not checked yet`;
  const { result, at } = last;
  return html`${result.ok ? result.detail : result.reason} <small>${timeAgo(at, { now })} ago, ${
    result.latencyMs.toFixed(1)
  } ms</small>`;
}

/** The weight in the table, and what it is made of. */
function weightCell({ weight, parts, isRetained }: ServerStatus): Html {
  const reasons = [
    ...weight === parts.configured ? [] : [`${parts.configured} in the file`],
    ...explainWeight(parts),
    ...isRetained ? ["kept because too few other servers serve"] : [],
  ];
  const place = weight === undefined ? "out" : String(weight);
  return reasons.length === 0 ? html`${place}` : html`${place} <small>${reasons.join("; ")}</small>`;
}

function connectionsText({ activeConnections, inactiveConnections }: ListedServer): Html {
  return html`${groupDigits(activeConnections)} active <small>${groupDigits(inactiveConnections)} inactive</small>`;
}

function trafficCell(traffic: Traffic): Html {
  const [connections, bytes] = trafficTexts(traffic);
  return html`${connections} <small>${bytes}</small>`;
}

function trafficTexts({ connections, inBytes, outBytes }: Traffic): readonly [connections: string, bytes: string] {
  const bytes = `${formatRate(Number(inBytes))}B/s in, ${formatRate(Number(outBytes))}B/s out`;
  return [`${formatRate(Number(connections))} connections/s`, bytes];
}

/** The peculiarities of a service, a sentence each. */
function notesOf({ desired, effective }: RankedService["status"]): readonly string[] {
  return [
    ...effective.onFallback && desired.fallback !== undefined
      ? [`The fallback ${formatServerId(desired.fallback)} serves.`]
      : [],
    ...effective.retained.length > 0 ? ["Unhealthy servers stay in the table because of the panic threshold."] : [],
    ...(desired.unresolved ?? []).map(({ host, reason }) => `${host} is out: ${reason}`),
    ...effective.kept.map((server) =>
      `${formatServerId(server)} is not in the file, and stays until its servers serve.`
    ),
    ...effective.draining.map((server) => `${formatServerId(server)} is not in the file, and drains.`),
  ];
}

/** A list of sentences; nothing without one. */
export function noteList(notes: readonly string[]): Html | undefined {
  if (notes.length === 0) return undefined;
  const shown = notes.slice(0, MOST_NOTES).map((note) => html`<li>${note}</li>`);
  const more = notes.length - MOST_NOTES;
  return html`<ul class="notes">${shown}${more > 0 ? html`<li>and ${groupDigits(more)} more</li>` : undefined}</ul>`;
}

/** The most sentences of a list. */
const MOST_NOTES = 20;
