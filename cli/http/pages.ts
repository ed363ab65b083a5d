import { type HttpRequest, type HttpResponse, type Slices, textResponse } from "../../core/http/mod.ts";
import type { Snapshot } from "./snapshot.ts";
import { overviewPage, servicePage } from "./status_page.ts";

/** The most pages of a snapshot that are kept as text. */
const MOST_PAGES = 32;

/** The status pages of snapshots as text, each made once for all readers, in a turn of its own. */
export class Pages {
  readonly #slices: Slices;
  readonly #made = new WeakMap<Snapshot, Map<string, Promise<HttpResponse>>>();

  /** Makes nothing yet. */
  constructor(slices: Slices) {
    this.#slices = slices;
  }

  /** The page of a request. */
  take(snapshot: Snapshot, request: HttpRequest): Promise<HttpResponse> {
    const pages = this.#made.get(snapshot) ?? new Map<string, Promise<HttpResponse>>();
    this.#made.set(snapshot, pages);
    const key = `${request.path}?${request.query.toString()}`;
    const made = pages.get(key);
    if (made !== undefined) return made;
    const page = this.#slices.once(() => makePage(snapshot, request));
    if (pages.size < MOST_PAGES) pages.set(key, page);
    return page;
  }
}

function makePage(snapshot: Snapshot, { path, query }: HttpRequest): HttpResponse {
  const page = pageNumber(query.get("page"));
  const id = query.get("id") ?? "";
  const content = path === "/service"
    ? servicePage(snapshot, { id, page })
    : overviewPage(snapshot, { page, failing: query.get("show") === "failing", find: query.get("find") ?? "" });
  if (content === undefined) return textResponse(404, "The daemon's file has no such service.");
  return { status: 200, type: "text/html; charset=utf-8", body: `${content.text.trim()}\n` };
}

function pageNumber(text: string | null): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : 1;
}
