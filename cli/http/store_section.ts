import { endpointText } from "../format/status_view.ts";
import { describeRollout } from "../format/cluster.ts";
import { type Html, html } from "./html.ts";
import { noteList, timeAgo } from "./service_section.ts";
import type { Snapshot } from "./snapshot.ts";

type StoreStatus = NonNullable<Snapshot["about"]["store"]>;

/** The configuration in a store; undefined for a file. */
export function storeSection({ about: { store }, now }: Snapshot): Html | undefined {
  if (store === undefined) return undefined;
  const { active, confirmedAt, problem, refusal, rollout, endpoints } = store;
  const facts: readonly (readonly [string, Html])[] = [
    ["Version", html`${active.number}, pushed ${timeAgo(active.at, { now })} ago by ${active.author}`],
    ["Confirmed", confirmedAt === undefined ? html`not since the start` : html`${timeAgo(confirmedAt, { now })} ago`],
    ...(rollout === undefined
      ? []
      : [["Roll-out", html`version ${rollout.number}: ${describeRollout(rollout)}`] as const]),
    ["Endpoints", html`${noteList(endpoints.map(endpointText))}`],
  ];
  const problems = [
    ...problem === undefined ? [] : [`Stale: ${problem}`],
    ...refusal?.split("\n") ?? [],
  ];
  return html`
    <section id="store" class="${colorOf(store)}" aria-labelledby="store-title">
      <h2 id="store-title">Configuration in the store</h2>
      ${noteList(problems)}
      <dl>${facts.map(([name, value]) =>
        html`
          <dt>${name}</dt>
          <dd>${value}</dd>
        `
      )}</dl>
    </section>
  `;
}

function colorOf({ problem, refusal, rollout }: StoreStatus): "good" | "bad" | "warn" {
  if (problem !== undefined || refusal !== undefined) return "bad";
  return rollout?.state === "halted" ? "warn" : "good";
}
