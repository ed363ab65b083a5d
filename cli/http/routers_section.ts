import type { RouterState, RouterStatus } from "../../core/vrrp/mod.ts";
import { priorityText } from "../format/router_lines.ts";
import { routerJson } from "../format/vrrp.ts";
import { type Html, html } from "./html.ts";
import { timeAgo } from "./service_section.ts";
import type { Snapshot } from "./snapshot.ts";

/** The mark and the colour of each state; the mark is there so that colour is not the only difference. */
const LOOKS: Readonly<
  Record<RouterState, { readonly mark: string; readonly color: "good" | "bad" | "warn" | "dim" }>
> = {
  active: { mark: "\u2713", color: "good" },
  backup: { mark: "\u2022", color: "dim" },
  init: { mark: "?", color: "warn" },
  released: { mark: "\u25a0", color: "warn" },
  fault: { mark: "\u2716", color: "bad" },
};

const COLUMNS = ["Router", "State", "Since", "Priority", "Addresses", "Last heard", "Reason"] as const;

/** The table of the virtual routers; undefined without one. */
export function routersSection({ routers, now }: Snapshot): Html | undefined {
  if (routers.length === 0) return undefined;
  const isBad = routers.some(({ state, isContested, findings }) =>
    state === "fault" || isContested || findings.length > 0
  );
  return html`
    <section id="routers" class="${isBad ? "bad" : "good"}" aria-labelledby="routers-title">
      <h2 id="routers-title">Virtual routers</h2>
      <table role="table">
        <caption class="hidden">Virtual routers of this director</caption>
        <thead role="rowgroup">
          <tr role="row">${COLUMNS.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}</tr>
        </thead>
        <tbody role="rowgroup">
    ${routers.map((router) => routerRow(router, now))}</tbody>
      </table>
    </section>
  `;
}

function routerRow(router: RouterStatus, now: number): Html {
  const { name, family, device, vrid, state, since, vips, heard, reason, isContested, findings } = router;
  const { mark, color } = LOOKS[state];
  const id = `${name}${family === "ipv6" ? " (IPv6)" : ""}`;
  const contested = isContested
    ? html`; <strong>another director with a lower priority stays active, so it does not hear this one</strong>`
    : undefined;
  const cells = [
    html`<span class="state ${color}"><span aria-hidden="true">${mark} </span>${state}</span>`,
    timeAgo(since, { now }),
    priorityText(routerJson(router)),
    html`<span>${vips.map((vip, index) => html`${index === 0 ? "" : " "}<code>${vip}</code>`)}</span>`,
    heard === undefined
      ? ""
      : html`<span><code>${heard.address}</code> with ${heard.priority}</span> <small>${
        timeAgo(heard.at, { now })
      } ago</small>`,
    reason === "" && !isContested && findings.length === 0
      ? ""
      : html`<span>${reason}${contested}${findings.map(({ text }) => html`; <strong>${text}</strong>`)}</span>`,
  ];
  return html`
    <tr role="row" id="router-${name}-${family}" class="${color}"><th role="rowheader" scope="row">${id}
    <small>${device}, VRID ${vrid}</small></th>${cells.map((cell, index) =>
      html`<td role="cell" data-label="${COLUMNS[index + 1]}">${cell}</td>`
    )}</tr>
  `;
}
