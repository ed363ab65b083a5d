import { type ApiSettings, type IpAddress, tryParseIpAddress } from "../model/mod.ts";
import { AnswerError, headerOf, type HttpHead, type HttpRequest, readHttpBody, sendHttpRequest } from "../net/mod.ts";
import { runWithin, unlessAborted } from "../time/mod.ts";
import { MAX_ANSWER_BYTES, type SourceTools } from "./reader.ts";

/** A request to an API. */
export interface ApiRequest {
  /** Path and query; undefined: those of the URL. */
  readonly path?: string | undefined;
  /** The header that carries the token; undefined: Authorization, as a bearer token. */
  readonly tokenHeader?: string | undefined;
  /** Additional headers. */
  readonly headers?: HttpRequest["headers"];
  /** Time limit of the whole request; milliseconds. */
  readonly timeoutMs: number;
  /** Cancels the request. */
  readonly signal: AbortSignal;
  /** Receives each piece of the body of a status 200; valid until it returns. `false` ends the request. */
  readonly onPiece?: ((piece: Uint8Array) => boolean) | undefined;
}

/** An answer of an API. */
export interface ApiAnswer {
  /** Status. */
  readonly status: number;
  /** The body, unless it went to `onPiece`. */
  readonly body: string;
  /** The value of a header. */
  header(name: string): string | undefined;
}

/** How the reader of a source reaches its API. */
export interface ApiAccess<S extends ApiSettings> {
  /** The parts of the system. */
  readonly tools: SourceTools;
  /** The source. */
  readonly source: S;
  /** Time limit of a request; milliseconds. */
  readonly timeoutMs: number;
  /** Sends the requests. */
  readonly client: ApiClient;
}

/** Prepares the requests for a source. */
export function apiAccess<S extends ApiSettings>(
  tools: SourceTools,
  { source, timeoutMs }: { readonly source: S; readonly timeoutMs: number },
): ApiAccess<S> {
  return { tools, source, timeoutMs, client: new ApiClient(tools, source) };
}

/** Sends requests to an HTTP API, each on a connection of its own. Redirects are not followed. */
export class ApiClient {
  readonly #tools: SourceTools;
  readonly #api: ApiSettings;
  readonly #url: URL;

  /** Sends nothing yet. */
  constructor(tools: SourceTools, api: ApiSettings) {
    this.#tools = tools;
    this.#api = api;
    this.#url = new URL(api.url);
  }

  /**
   * Sends one request.
   *
   * @throws {AnswerError} If there is no answer, or its status is not 200 and `accept` has another.
   */
  async get(request: ApiRequest): Promise<ApiAnswer> {
    const { timeoutMs, signal } = request;
    const { clock } = this.#tools;
    return await runWithin({ timeoutMs, signal, clock }, async (deadline) => {
      let failure = new AnswerError("no address");
      for (const address of await this.#addresses(deadline)) {
        try {
          return await this.#getFrom(address, { ...request, signal: deadline });
        } catch (error) {
          if (!(error instanceof AnswerError)) throw error;
          failure = error;
        }
      }
      throw failure;
    });
  }

  async #addresses(signal: AbortSignal): Promise<readonly IpAddress[]> {
    const host = this.#url.hostname.replace(/^\[|\]$/g, "");
    const literal = tryParseIpAddress(host);
    if (literal !== undefined) return [literal];
    const found = await unlessAborted(this.#tools.findHost(host), signal);
    if (found === undefined) throw new AnswerError(`no address of ${host} in time`);
    if ("failure" in found) throw new AnswerError(`${host}: ${found.failure}`);
    return found.addresses;
  }

  #request({ path, tokenHeader, headers = [] }: ApiRequest): HttpRequest {
    const { headers: own, tokenFile } = this.#api;
    // The file is read each time, because its token may be replaced at any time.
    const token = tokenFile === undefined ? undefined : this.#tools.readFile(tokenFile).trim();
    if (token !== undefined && !/^[!-~]+$/.test(token)) throw new AnswerError(`${tokenFile} has no token`);
    const isBearer = token !== undefined && tokenHeader === undefined;
    return {
      method: "GET",
      path: path ?? `${this.#url.pathname}${this.#url.search}`,
      host: this.#url.host,
      version: "1.1",
      headers: [
        ...headers,
        ...(token !== undefined && tokenHeader !== undefined ? [[tokenHeader, token] as const] : []),
        ...own,
      ],
      authorization: isBearer ? { kind: "bearer", token } : undefined,
      isProxied: false,
    };
  }

  async #getFrom(address: IpAddress, request: ApiRequest): Promise<ApiAnswer> {
    const { network, clock } = this.#tools;
    const { signal, timeoutMs, onPiece } = request;
    const isTls = this.#url.protocol === "https:";
    const port = Number(this.#url.port) || (isTls ? 443 : 80);
    let head: HttpHead | undefined;
    const parts: Uint8Array[] = [];
    const outcome = await sendHttpRequest(this.#request(request), {
      endpoint: { address, port },
      binding: {},
      tls: isTls ? this.#api.tls : undefined,
      options: { signal, timeoutMs, clock, network },
      read: async (session, answerHead) => {
        head = answerHead;
        let length = 0;
        for await (const piece of readHttpBody(session.reader, answerHead.framing)) {
          length += piece.length;
          if (length > MAX_ANSWER_BYTES) throw new AnswerError("the answer is longer than 8 MiB");
          if (onPiece === undefined || answerHead.status !== 200) parts.push(piece.slice());
          else if (!onPiece(piece)) break;
        }
        return { ok: true, detail: "" };
      },
    });
    if (outcome.ok === false) throw new AnswerError(outcome.reason);
    if (outcome.ok === "aborted" || head === undefined) throw new AnswerError("no answer in time");
    const answered = head;
    return {
      status: answered.status,
      body: decodeBody(parts),
      header: (name) => headerOf(answered, name),
    };
  }
}

function decodeBody(parts: readonly Uint8Array[]): string {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new AnswerError("the answer is not UTF-8");
  }
}

/**
 * The value of a JSON text.
 *
 * @throws {AnswerError} If it is not valid.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AnswerError("the answer is not JSON");
  }
}
