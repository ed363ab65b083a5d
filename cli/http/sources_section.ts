import type { SourceStatus } from "../../core/discovery/mod.ts";
import { count } from "../format/count.ts";
import { type Html, html } from "./html.ts";
import { timeAgo } from "./service_section.ts";
import type { Snapshot } from "./snapshot.ts";

const COLUMNS = ["Source", "State", "Age", "Servers", "Reason"] as const;

/** The table of the sources of real servers; undefined without one. */
export function sourcesSection({ about: { sources = [] }, now }: Snapshot): Html | undefined {
  if (sources.length === 0) return undefined;
  const isBad = sources.some(({ failure, refusal }) => failure !== undefined || refusal !== undefined);
  return html`
    <section id="sources" class="${isBad ? "bad" : "good"}" aria-labelledby="sources-title">
      <h2 id="sources-title">Sources of real servers</h2>
      <table role="table">
        <caption class="hidden">Sources of real servers, with their lists</caption>
        <thead role="rowgroup">
          <tr role="row">${COLUMNS.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}</tr>
        </thead>
        <tbody role="rowgroup">
    ${sources.map((source, index) => sourceRow(source, { index, now }))}</tbody>
      </table>
    </section>
  `;
}

function sourceRow(
  source: SourceStatus,
  { index, now }: { readonly index: number; readonly now: number },
): Html {
  const { name, servers, at, failure, refusal } = source;
  const { mark, word, color } = lookOf(source);
  const cells = [
    html`<span class="state ${color}"><span aria-hidden="true">${mark} </span>${word}</span>`,
    at === undefined ? "" : timeAgo(at, { now }),
    servers === undefined ? "no list yet" : count(servers, "server"),
    failure ?? refusal ?? "",
  ];
  return html`
    <tr role="row" id="source-${index}"
      class="${color}"><th role="rowheader" scope="row">${name}</th>${cells.map((cell, column) =>
        html`<td role="cell" data-label="${COLUMNS[column + 1]}">${cell}</td>`
      )}</tr>
  `;
}

/** How a state looks; the mark is there so that colour is not the only difference. */
function lookOf({ servers, failure, refusal }: SourceStatus): {
  readonly mark: string;
  readonly word: string;
  readonly color: "good" | "bad" | "warn";
} {
  if (refusal !== undefined) return { mark: "\u2716", word: "refused", color: "bad" };
  if (failure !== undefined) return { mark: "\u25b2", word: "unreadable", color: "warn" };
  if (servers === undefined) return { mark: "?", word: "waiting", color: "warn" };
  return { mark: "\u2713", word: "in use", color: "good" };
}
