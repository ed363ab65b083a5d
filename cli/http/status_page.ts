import { formatServiceId } from "../../core/model/mod.ts";
import { formatAge } from "../format/age.ts";
import { formatChange } from "../format/changes.ts";
import { count, groupDigits } from "../format/count.ts";
import { type Html, html } from "./html.ts";
import { failingServersFirst, isFailing, type RankedService } from "./ranks.ts";
import { routersSection } from "./routers_section.ts";
import { problemLines } from "../format/sharing_lines.ts";
import { noteList, serviceSection } from "./service_section.ts";
import type { Snapshot } from "./snapshot.ts";
import { sourcesSection } from "./sources_section.ts";
import { storeSection } from "./store_section.ts";

/** The most servers on a page; its size does not grow with the table. */
const PAGE_SERVERS = 200;

/** The most servers of a service on the page of all services. */
const SERVICE_SERVERS = 50;

/** Which part of the status a page shows. */
export interface PageRequest {
  /** The number of the page, from 1. */
  readonly page: number;
  /** Whether it has only services and servers that need attention. */
  readonly failing: boolean;
  /** A part of the names of its services; "" for all. */
  readonly find: string;
}

/** The page of all services. */
export function overviewPage(snapshot: Snapshot, request: PageRequest): Html {
  const { failing, find } = request;
  const chosen = snapshot.ranked.filter((service) => (!failing || service.state !== "ok") && isFound(service, find));
  const pages = paginate(chosen);
  const page = Math.min(Math.max(1, request.page), pages.length);
  const sections = (pages[page - 1] ?? []).map((service) => {
    const { servers } = service.status;
    const wanted = failing ? servers.filter(isFailing) : servers;
    const shown = failingServersFirst(wanted).slice(0, SERVICE_SERVERS);
    return serviceSection(service, { snapshot, servers: shown, hidden: servers.length - shown.length, isAlone: false });
  });
  const links = html`<nav aria-label="Services" id="nav"><a href="./"${current(!failing)}>All services</a>
<a href="./?show=failing"${current(failing)}>Failing only</a>
<label id="find-label" hidden="hidden">Find a service <input type="search" id="find" value="${find}"></label></nav>
${
    pageLinks({
      page,
      pages: pages.length,
      query: { ...failing ? { show: "failing" } : {}, ...find === "" ? {} : { find } },
    })
  }`;
  const body = sections.length === 0 ? html`<p id="empty">No service.</p>` : sections;
  return pageOf(snapshot, {
    title: formatCounts(snapshot),
    body: html`${links}\n<main id="main">\n${problems(snapshot)}${storeSection(snapshot)}${sourcesSection(snapshot)}${
      routersSection(snapshot)
    }${body}</main>`,
  });
}

/** The page of one service with all of its servers; undefined if the daemon's file does not have it. */
export function servicePage(
  snapshot: Snapshot,
  { id, page: wanted }: { readonly id: string; readonly page: number },
): Html | undefined {
  const service = findService(snapshot, id);
  if (service === undefined) return undefined;
  const { servers } = service.status;
  const pages = Math.max(1, Math.ceil(servers.length / PAGE_SERVERS));
  const page = Math.min(Math.max(1, wanted), pages);
  const shown = failingServersFirst(servers).slice((page - 1) * PAGE_SERVERS, page * PAGE_SERVERS);
  const section = serviceSection(service, { snapshot, servers: shown, hidden: 0, isAlone: true });
  return pageOf(snapshot, {
    title: `${service.status.desired.name ?? id}: ${service.state}`,
    body: html`<nav aria-label="Services" id="nav"><a href="./">All services</a></nav>
${pageLinks({ page, pages, query: { id } })}
<main id="main">
${section}</main>`,
  });
}

/** A service by its identity or its name in the file. */
export function findService({ ranked }: Snapshot, id: string): RankedService | undefined {
  return ranked.find(({ status: { desired } }) => formatServiceId(desired.service.id) === id || desired.name === id);
}

function isFound({ status: { desired, servers } }: RankedService, find: string): boolean {
  if (find === "") return true;
  const names = [formatServiceId(desired.service.id), desired.name ?? ""];
  return names.some((name) => name.includes(find)) || servers.some(({ server }) => server.address === find);
}

/** Divides services into pages with a limited number of servers; at least one page. */
function paginate(services: readonly RankedService[]): readonly (readonly RankedService[])[] {
  const pages: RankedService[][] = [[]];
  let room = PAGE_SERVERS;
  for (const service of services) {
    // A service without servers takes room too.
    const size = Math.max(1, Math.min(SERVICE_SERVERS, service.status.servers.length));
    if (size > room) {
      pages.push([]);
      room = PAGE_SERVERS;
    }
    pages.at(-1)?.push(service);
    room -= size;
  }
  return pages;
}

function pageLinks(
  { page, pages, query }: {
    readonly page: number;
    readonly pages: number;
    readonly query: Readonly<Record<string, string>>;
  },
): Html | undefined {
  if (pages === 1) return undefined;
  const link = (to: number, text: string): Html => {
    const target = new URLSearchParams({ ...query, page: String(to) });
    return html`<a href="?${target.toString()}">${text}</a>`;
  };
  return html`<nav aria-label="Pages" id="pages">${page > 1 ? link(page - 1, "Previous page") : undefined}
<span>Page ${groupDigits(page)} of ${groupDigits(pages)}</span>
${page < pages ? link(page + 1, "Next page") : undefined}</nav>`;
}

function current(isCurrent: boolean): Html | undefined {
  return isCurrent
    ? html`
      aria-current="page"
    `
    : undefined;
}

/** The numbers of services and servers by their states: "2 services: 1 ok, 1 below quorum; 5 servers: 5 healthy". */
function formatCounts({ counts: { services, servers } }: Snapshot): string {
  const text = (noun: string, numbers: Readonly<Record<string, number>>): string => {
    const all = Object.values(numbers).reduce((sum, number) => sum + number, 0);
    const parts = Object.entries(numbers).filter(([, number]) => number > 0);
    const list = parts.map(([state, number]) => `${groupDigits(number)} ${WORDS[state] ?? state}`).join(", ");
    return `${count(all, noun)}${list === "" ? "" : `: ${list}`}`;
  };
  return `${text("service", services)}; ${text("server", servers)}`;
}

const WORDS: Readonly<Record<string, string>> = { attention: "with problems", maintenance: "in maintenance" };

/** What the daemon could not do, and what differs from the file. */
function problems(
  { about: { reloadError, repair, dryRun, store, sharing }, failures, differences }: Snapshot,
): Html | undefined {
  const reaction = dryRun ? "" : repair ? "; the daemon corrects it" : "; not corrected (see --repair)";
  const lists = [
    list(
      "The file has changed and is not valid; the previous one stays active",
      // The section of the store has the reason why its version is not active.
      store === undefined ? reloadError?.split("\n") ?? [] : [],
    ),
    list("Verdicts shared by directors", sharing === undefined ? [] : problemLines(sharing)),
    list("Not possible yet; trying again", failures),
    list(`At the last comparison, the table differed from the expected one${reaction}`, differences.map(formatChange)),
  ].filter((part) => part !== undefined);
  if (lists.length === 0) return undefined;
  return html`
    <section id="problems" class="bad" aria-labelledby="problems-title"><h2 id="problems-title">Problems</h2>
    ${lists}</section>
  `;
}

function list(title: string, lines: readonly string[]): Html | undefined {
  return lines.length === 0 ? undefined : html`<h3>${title}</h3>${noteList(lines)}`;
}

function pageOf(snapshot: Snapshot, { title, body }: { readonly title: string; readonly body: Html }): Html {
  const { about: { version, pid, file, startedAt, loadedAt, dryRun }, now } = snapshot;
  const read = loadedAt > startedAt ? `, read again ${formatAge(now - loadedAt)} ago` : "";
  const mode = dryRun ? "; it changes nothing (--dry-run)" : "";
  const process = `lvsctl ${version}, process ${pid}, for ${formatAge(now - startedAt)}: ${file}${read}${mode}`;
  const host = Deno.hostname();
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${host}: ${title}</title>
        <link rel="stylesheet" href="page.css">
        <link rel="icon" type="image/svg+xml" href="icon.svg">
        <script src="page.js" defer></script>
        <noscript><meta http-equiv="refresh" content="10"></noscript>
      </head>
      <body>
    <a class="skip" href="#main">Skip to the services</a>
    <header>
    <h1>Virtual services of ${host}</h1>
    <p id="summary" role="status">${formatCounts(snapshot)}</p>
    <p id="stale" role="alert" hidden="hidden"></p>
    </header>
    ${body}
    <footer><p id="process">${process}</p>
    <p>As of <time datetime="${new Date(now).toISOString()}">${new Date(now).toISOString()}</time>.
    <a href="metrics">Metrics</a> <a href="api/v1/status">Status as JSON</a></p></footer>
      </body>
    </html>
  `;
}
