import { LvsctlError } from "../../core/errors/mod.ts";
import {
  type HttpRequest,
  type HttpResponse,
  HttpServer,
  type HttpStatus,
  refuseAccess,
  retryResponse,
  textResponse,
} from "../../core/http/mod.ts";
import { formatListenAddress, formatServiceId, METRIC_LEVELS } from "../../core/model/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { errorJson } from "../format/error.ts";
import { documentJson } from "../format/json.ts";
import { chooseFormat } from "./accept.ts";
import { ICON_SVG, PAGE_CSS, PAGE_JS } from "./assets.ts";
import { listDocument, statusDocument } from "./documents.ts";
import { Pages } from "./pages.ts";
import type { Readings } from "./readings.ts";
import type { SiteSettings } from "./settings.ts";
import type { SiteSource, Snapshot } from "./snapshot.ts";
import { findService } from "./status_page.ts";

/** Options of {@linkcode Site.open}. */
export interface SiteOptions {
  /** The readings that it shows. */
  readonly readings: Readings;
  /** Called with a bug. */
  readonly onBug: (error: unknown) => void;
  /** The id of a group whose users can connect to a socket in the file system too; undefined for none. */
  readonly group?: number | undefined;
  /**
   * The source of time.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
}

/** The status page, the API and the metrics of a daemon over HTTP. They change nothing. */
export class Site implements AsyncDisposable {
  readonly #settings: SiteSettings;
  readonly #readings: Readings;
  readonly #pages: Pages;
  #source: SiteSource | undefined;
  #server: HttpServer | undefined;

  private constructor(settings: SiteSettings, { readings }: SiteOptions) {
    this.#settings = settings;
    this.#readings = readings;
    this.#pages = new Pages(readings.slices);
  }

  /**
   * Starts listening; until {@linkcode Site.serve}, every answer says that the daemon is starting.
   *
   * @throws {LvsctlError} If it cannot listen there.
   */
  static async open(settings: SiteSettings, options: SiteOptions): Promise<Site> {
    const site = new Site(settings, options);
    const { onBug, group, clock = SYSTEM_CLOCK } = options;
    const answer = (request: HttpRequest): Promise<HttpResponse> => site.#answer(request);
    site.#server = await HttpServer.listen(settings.address, { answer, onBug, group, clock });
    return site;
  }

  /** Where it listens, as text. */
  get place(): string {
    const { address } = this.#settings;
    const port = this.#server?.port;
    return formatListenAddress(address.transport === "tcp" && port !== undefined ? { ...address, port } : address);
  }

  /** Begins to show a daemon. */
  serve(source: SiteSource): void {
    this.#source = source;
  }

  /** Closes the socket and all connections. Its readings should have ended, or it waits for their slices. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  async #answer(request: HttpRequest): Promise<HttpResponse> {
    const refusal = refuseAccess(request, this.#settings);
    if (refusal !== undefined) return refusal;
    const asset = ASSETS.get(request.path);
    if (asset !== undefined) return { status: 200, ...asset };
    const source = this.#source;
    if (source === undefined) return retryResponse("The daemon is starting.");
    switch (request.path) {
      case "/":
      case "/service":
        return await this.#pages.take(await this.#readings.take(source), request);
      case "/metrics":
        return await this.#metrics(request, source);
      case "/healthz":
        return source.isAlive() ? textResponse(200, "ok") : textResponse(503, "The results of checks are late.");
      case "/api/v1/status":
        return this.#status(request, await this.#readings.take(source));
      case "/api/v1/list":
        return this.#list(request, await this.#readings.take(source));
      default:
        return textResponse(404, "Not found. There are /, /metrics, /healthz, /api/v1/status and /api/v1/list.");
    }
  }

  async #metrics({ query, headers }: HttpRequest, source: SiteSource): Promise<HttpResponse> {
    const wanted = query.get("level");
    const known = METRIC_LEVELS.find((each) => each === wanted);
    if (wanted !== null && known === undefined) {
      return textResponse(400, `The level is one of ${METRIC_LEVELS.join(", ")}.`);
    }
    const { format, type } = chooseFormat(headers.get("accept"));
    const level = known ?? this.#settings.level;
    const body = await this.#readings.scrape(source, { level, format, nodeExporter: query.has("node-exporter") });
    return { status: 200, type, body };
  }

  #status({ query }: HttpRequest, snapshot: Snapshot): HttpResponse {
    const name = query.get("service");
    if (name === null) return this.#json(statusDocument(snapshot, snapshot.services), snapshot);
    const service = findService(snapshot, name);
    return service === undefined ? noService(name) : this.#json(statusDocument(snapshot, [service.status]), snapshot);
  }

  #list({ query }: HttpRequest, snapshot: Snapshot): HttpResponse {
    const name = query.get("service");
    if (name === null) return this.#json(listDocument(snapshot.entries), snapshot);
    const service = findService(snapshot, name);
    const id = service === undefined ? name : formatServiceId(service.status.desired.service.id);
    const entry = snapshot.entriesById.get(id);
    return entry === undefined ? noService(name) : this.#json(listDocument([entry]), snapshot);
  }

  #json(pieces: Iterable<string>, snapshot: object): HttpResponse {
    return { status: 200, type: JSON_TYPE, body: this.#readings.inPieces(inLargePieces(pieces), snapshot) };
  }
}

/** The size of a piece of an answer; characters. */
const PIECE = 64 * 1024;

/** Pieces together, because each one costs a system call. Undefined stands for a pause for other work. */
function* inLargePieces(pieces: Iterable<string>): Generator<string | undefined, void, undefined> {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE) {
      yield;
      continue;
    }
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}

const JSON_TYPE = "application/json; charset=utf-8";

/** What never changes while the daemon runs. */
const ASSETS: ReadonlyMap<string, { readonly type: string; readonly body: string }> = new Map([
  ["/page.css", { type: "text/css; charset=utf-8", body: PAGE_CSS }],
  ["/page.js", { type: "text/javascript; charset=utf-8", body: PAGE_JS }],
  ["/icon.svg", { type: "image/svg+xml", body: ICON_SVG }],
]);

/** The document of an error, as commands print it. */
function noService(name: string): HttpResponse {
  const error = new LvsctlError("the daemon has no such service", { operation: "show", object: name });
  const status: HttpStatus = 404;
  return { status, type: JSON_TYPE, body: `${JSON.stringify(documentJson({ error: errorJson(error) }))}\n` };
}
