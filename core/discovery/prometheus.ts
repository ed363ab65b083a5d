import type { ApiSettings } from "../model/mod.ts";
import { AnswerError } from "../net/mod.ts";
import { ApiClient, parseJson } from "./api.ts";
import type { Reading, SourceReader, SourceTools } from "./reader.ts";
import { readTargetGroups, resolveTargets } from "./targets.ts";

/** What both forms of Prometheus' lists have. */
interface ListOptions {
  readonly weightLabel: string;
  readonly refreshMs: number;
  readonly timeoutMs: number;
}

/** Reads a file in the format of Prometheus' file_sd. */
export class FileListReader implements SourceReader {
  readonly #tools: SourceTools;
  readonly #options: ListOptions & { readonly path: string };

  /** Reads nothing yet. */
  constructor(tools: SourceTools, options: ListOptions & { readonly path: string }) {
    this.#tools = tools;
    this.#options = options;
  }

  /** Reads the file; a writer must replace it as a whole, by renaming another one. */
  async read(signal: AbortSignal): Promise<Reading> {
    const { path, refreshMs, timeoutMs } = this.#options;
    const document = await this.#tools.parseYaml(this.#tools.readFile(path));
    const targets = readTargetGroups(document, this.#options);
    return { servers: await resolveTargets(targets, { tools: this.#tools, signal, timeoutMs }), againMs: refreshMs };
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
