import type { DiscoverySource } from "../model/mod.ts";
import { AnswerError } from "../net/mod.ts";
import { runWithin } from "../time/mod.ts";
import { type ApiAccess, parseJson } from "./api.ts";
import { EndpointSlices } from "./endpoint_slices.ts";
import { MAX_ANSWER_BYTES, type Reading, type SourceReader } from "./reader.ts";

/** How long a watch lasts, which is also how long a silent server goes unnoticed; seconds. */
const WATCH_SECONDS = 60;

/** How long events are gathered after a first one; milliseconds. */
const GATHER_MS = 500;

/** The time between two watches; milliseconds. */
const GAP_MS = 1000;

/** A source of Kubernetes. */
export type KubernetesSource = Extract<DiscoverySource, { readonly kind: "kubernetes" }>;

/** Lists the EndpointSlices of a service, and watches them. */
export class KubernetesReader implements SourceReader {
  readonly #access: ApiAccess<KubernetesSource>;
  #slices: EndpointSlices | undefined;

  /** Reads nothing yet. */
  constructor(access: ApiAccess<KubernetesSource>) {
    this.#access = access;
  }

  /** Lists the slices; from the second time on, waits for a change of them. */
  async read(signal: AbortSignal): Promise<Reading> {
    const known = this.#slices;
    // After an error everything is listed again.
    this.#slices = undefined;
    const slices = known ?? await this.#list(signal);
    if (known !== undefined && !await this.#watch(slices, signal)) {
      const again = await this.#list(signal);
      const { servers } = again;
      this.#slices = again;
      return { servers, againMs: GAP_MS };
    }
    const { servers } = slices;
    this.#slices = slices;
    return { servers, againMs: GAP_MS };
  }

  get #path(): string {
    const { namespace, service } = this.#access.source;
    const selector = encodeURIComponent(`kubernetes.io/service-name=${service}`);
    return `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${selector}`;
  }

  async #list(signal: AbortSignal): Promise<EndpointSlices> {
    const { client, source: { portName }, timeoutMs } = this.#access;
    const { status, body } = await client.get({ path: this.#path, timeoutMs, signal });
    if (status !== 200) throw new AnswerError(`status ${status}, expected 200`);
    const slices = new EndpointSlices(portName);
    slices.list(parseJson(body));
    return slices;
  }

  /** Waits for events; false if the slices must be listed again. */
  async #watch(slices: EndpointSlices, signal: AbortSignal): Promise<boolean> {
    const { client, tools: { clock }, timeoutMs } = this.#access;
    const version = encodeURIComponent(slices.resourceVersion ?? "");
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${version}`;
    const watch = { hasChange: false, isGone: false };
    const lines = new LineSplitter((line) => {
      const { kind } = slices.take(parseJson(line));
      if (kind === "gone") watch.isGone = true;
      if (kind === "changed") watch.hasChange = true;
    });
    const limitMs = WATCH_SECONDS * 1000 + timeoutMs;
    const gathered = new AbortController();
    let gathering: Disposable | undefined;
    try {
      const answer = await runWithin({ timeoutMs: limitMs, signal, clock }, async (deadline) => {
        return await client.get({
          path: `${this.#path}&${query}`,
          timeoutMs: limitMs,
          signal: AbortSignal.any([deadline, gathered.signal]),
          onPiece: (piece) => {
            lines.add(piece);
            if (watch.hasChange) gathering ??= clock.setTimer(() => gathered.abort(), GATHER_MS);
            return !watch.isGone;
          },
        });
      });
      if (answer.status === 410) return false;
      if (answer.status !== 200) throw new AnswerError(`status ${answer.status}, expected 200`);
    } catch (error) {
      // The end of the gathering aborts the request, and its events are complete.
      if (!gathered.signal.aborted) throw error;
    } finally {
      gathering?.[Symbol.dispose]();
    }
    return !watch.isGone;
  }
}

/** Splits a stream of bytes into lines; an unfinished last line is not one. */
class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(piece: Uint8Array): void {
    this.#rest += this.#decoder.decode(piece, { stream: true });
    if (this.#rest.length > MAX_ANSWER_BYTES) throw new AnswerError("an event of the watch is longer than 8 MiB");
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") this.#onLine(line);
  }
}
