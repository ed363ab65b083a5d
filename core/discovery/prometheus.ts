import type { ApiSettings } from "../model/mod.ts";
import { AnswerError } from "../net/mod.ts";
import { sleep } from "../time/mod.ts";
import { ApiClient, parseJson } from "./api.ts";
import type { Reading, SourceReader, SourceTools } from "./reader.ts";
import { readTargetGroups, resolveTargets } from "./targets.ts";

/** What both forms of Prometheus' lists have. */
interface ListOptions {
  readonly weightLabel: string;
  readonly refreshMs: number;
  readonly timeoutMs: number;
}

/** The least time between two readings of a file, as in a directory where other files change; milliseconds. */
const GAP_MS = 1000;

/** After a change, a file counts as written when it stays the same for this time; milliseconds. */
const SETTLE_MS = 100;

/** The longest wait for that; milliseconds. */
const MOST_SETTLE_MS = 2000;

/** Reads a file in the format of Prometheus' file_sd, and waits for its changes. */
export class FileListReader implements SourceReader {
  readonly #tools: SourceTools;
  readonly #options: ListOptions & { readonly path: string };
  /** The text of the last list. */
  #text: string | undefined;

  /** Reads nothing yet. */
  constructor(tools: SourceTools, options: ListOptions & { readonly path: string }) {
    this.#tools = tools;
    this.#options = options;
  }

  /**
   * Reads the file; from the second time on, after a change or the time of the refresh. A writer should replace it as
   * a whole, by renaming another one.
   */
  async read(signal: AbortSignal): Promise<Reading> {
    const { refreshMs, timeoutMs } = this.#options;
    const known = this.#text;
    // After an error the file is read at once.
    this.#text = undefined;
    const text = await this.#newText(known, signal);
    const targets = readTargetGroups(await this.#tools.parseYaml(text), this.#options);
    const servers = await resolveTargets(targets, { tools: this.#tools, signal, timeoutMs });
    this.#text = text;
    return { servers, againMs: this.#tools.watchFile === undefined ? refreshMs : GAP_MS };
  }

  async #newText(known: string | undefined, signal: AbortSignal): Promise<string> {
    const { readFile, watchFile, clock } = this.#tools;
    const { path, refreshMs } = this.#options;
    // Begun before the file is read, so that no change is missed.
    using watch = known === undefined ? undefined : watchFile?.(path);
    const text = readFile(path);
    if (watch === undefined || text !== known) return text;
    const rest = new AbortController();
    const late = sleep(Math.max(0, refreshMs - GAP_MS), { clock, signal: AbortSignal.any([signal, rest.signal]) });
    try {
      await Promise.race([watch.changed, late]);
    } finally {
      rest.abort();
      await late.catch(() => {});
    }
    return await this.#settledText(signal);
  }

  /** The text when its writer has probably finished: a part of a list can be a valid list. */
  async #settledText(signal: AbortSignal): Promise<string> {
    const { readFile, clock } = this.#tools;
    const { path } = this.#options;
    let text = readFile(path);
    for (let waited = 0; waited < MOST_SETTLE_MS; waited += SETTLE_MS) {
      await sleep(SETTLE_MS, { clock, signal });
      const next = readFile(path);
      if (next === text) break;
      text = next;
    }
    return text;
  }
}

/** Reads a document in the format of Prometheus' http_sd. */
export class HttpListReader implements SourceReader {
  readonly #tools: SourceTools;
  readonly #options: ListOptions;
  readonly #client: ApiClient;

  /** Reads nothing yet. */
  constructor(tools: SourceTools, options: ListOptions & { readonly api: ApiSettings }) {
    this.#tools = tools;
    this.#options = options;
    this.#client = new ApiClient(tools, options.api);
  }

  /** Requests the document. */
  async read(signal: AbortSignal): Promise<Reading> {
    const { refreshMs, timeoutMs } = this.#options;
    const seconds = String(Math.round(refreshMs / 1000));
    const { status, body } = await this.#client.get({
      headers: [["X-Prometheus-Refresh-Interval-Seconds", seconds]],
      timeoutMs,
      signal,
    });
    if (status !== 200) throw new AnswerError(`status ${status}, expected 200`);
    const targets = readTargetGroups(parseJson(body), this.#options);
    return { servers: await resolveTargets(targets, { tools: this.#tools, signal, timeoutMs }), againMs: refreshMs };
  }
}
