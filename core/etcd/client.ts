import { type Fields, fieldsOf, textOf } from "../json/mod.ts";
import { oneLine } from "../model/mod.ts";
import { type Clock, runWithin } from "../time/mod.ts";
import { Endpoints, type EndpointStatus } from "./endpoints.ts";
import { CompactedError, EtcdError } from "./etcd_error.ts";
import type { Fetch } from "./http.ts";
import { jsonLines, readText } from "./json_lines.ts";
import type { StoreUrl } from "./store_url.ts";
import {
  type KeyRange,
  numberOf,
  rangeFields,
  type Snapshot,
  snapshotOf,
  type Transaction,
  transactionJson,
  type WatchMessage,
  watchMessageOf,
} from "./values.ts";

/** The longest wait for the answer of one endpoint; milliseconds. */
const ANSWER_MS = 4000;

/** The largest answer; bytes. */
const MAX_ANSWER = 128 * 1024 * 1024;

/** gRPC's statuses that have a meaning here. */
const STATUS = { invalidArgument: 3, permissionDenied: 7, outOfRange: 11, unavailable: 14, unauthenticated: 16 };

/** Errors of etcd after which a new token may help. */
const LOGIN_NEEDED = /user name is empty|authentication failed|revision of auth store is old/;

/** A user of etcd. */
export interface Login {
  /** The name. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** Options of an {@linkcode EtcdClient}. */
export interface EtcdClientOptions {
  /** Sends requests. */
  readonly fetch: Fetch;
  /** The source of time. */
  readonly clock: Clock;
  /** The user; undefined if etcd has none. */
  readonly login?: Login | undefined;
}

/** Requests to etcd: each goes to the endpoint that answered last, and then to the others. */
export class EtcdClient {
  readonly #url: StoreUrl;
  readonly #options: EtcdClientOptions;
  readonly #endpoints: Endpoints;
  #token: string | undefined;

  /** Connects with the first request. */
  constructor(url: StoreUrl, options: EtcdClientOptions) {
    this.#url = url;
    this.#options = options;
    this.#endpoints = new Endpoints(url.endpoints, options.clock);
  }

  /** The state of each endpoint. */
  get endpoints(): readonly EndpointStatus[] {
    return this.#endpoints.status;
  }

  /**
   * Reads a key, or all keys with a prefix.
   *
   * @throws {EtcdError} If no endpoint answers, or the answer is an error or too long.
   */
  async range(range: KeyRange, signal?: AbortSignal): Promise<Snapshot> {
    const { maxBytes } = range;
    return snapshotOf(
      await this.#call("kv/range", { fields: rangeFields(range), operation: "read", signal, maxBytes }),
    );
  }

  /**
   * Makes changes if all conditions are met.
   *
   * @returns Whether they were met, and the revision of the store.
   * @throws {EtcdError} As `range`; after `unreachable`, the changes may have been made.
   */
  async commit(
    transaction: Transaction,
    signal?: AbortSignal,
  ): Promise<{ readonly isDone: boolean; readonly revision: number }> {
    const fields = transactionJson(transaction);
    const answer = await this.#call("kv/txn", { fields, operation: "write to", signal });
    return {
      isDone: answer["succeeded"] === true,
      revision: numberOf(fieldsOf(answer["header"])["revision"]),
    };
  }

  /**
   * Creates a lease: its keys go when it ends.
   *
   * @param seconds The time after the last renewal.
   * @returns Its id.
   * @throws {EtcdError} As `range`.
   */
  async grantLease(seconds: number, signal?: AbortSignal): Promise<string> {
    const answer = await this.#call("lease/grant", { fields: { TTL: String(seconds) }, operation: "write to", signal });
    const id = textOf(answer["ID"]);
    if (id !== undefined) return id;
    throw this.#error("the answer has no lease", { kind: "unreachable", operation: "write to" });
  }

  /**
   * Renews a lease.
   *
   * @returns Whether it still exists.
   * @throws {EtcdError} As `range`.
   */
  async renewLease(id: string, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#call("lease/keepalive", { fields: { ID: id }, operation: "write to", signal });
    return numberOf(fieldsOf(answer["result"])["TTL"]) > 0;
  }

  /**
   * Ends a lease.
   *
   * @throws {EtcdError} As `range`.
   */
  async revokeLease(id: string, signal?: AbortSignal): Promise<void> {
    await this.#call("lease/revoke", { fields: { ID: id }, operation: "write to", signal });
  }

  /**
   * Watches the keys of a prefix, until the signal is aborted or the stream ends.
   *
   * A stream that stays silent looks alive, also if the server has gone: the caller ends it after a time.
   *
   * @param options.from The first revision.
   * @throws {CompactedError} If the store no longer has that revision.
   * @throws {EtcdError} If the stream cannot be opened or breaks.
   */
  async *watch(
    prefix: string,
    { from, signal }: { readonly from: number; readonly signal: AbortSignal },
  ): AsyncGenerator<WatchMessage, void, undefined> {
    const operation = "watch";
    const fields = {
      "create_request": { ...rangeFields({ prefix }), start_revision: String(from), progress_notify: true },
    };
    const body = await this.#open(fields, signal);
    try {
      for await (const line of jsonLines(body, signal)) {
        const message = watchMessageOf(line);
        if (message === undefined) throw this.#refusal(fieldsOf(fieldsOf(line)["error"]), { operation });
        if (message.compactRevision > 0) throw new CompactedError(`revision ${from} is compacted`);
        const { cancelReason } = message;
        // The stream stays open, and silent.
        if (cancelReason !== undefined) throw this.#cancellation(cancelReason);
        yield message;
      }
    } catch (error) {
      if (error instanceof EtcdError || error instanceof CompactedError || signal.aborted) throw error;
      throw this.#error(`the stream broke: ${reasonOf(error)}`, { kind: "unreachable", operation });
    }
  }

  #cancellation(reason: string): EtcdError {
    const words = oneLine(reason);
    return this.#error(`it ended the watch${words === "" ? "" : `: ${words}`}`, {
      kind: "unreachable",
      operation: "watch",
    });
  }

  async #open(fields: Fields, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#attempt("watch", { fields, operation: "watch", signal, isStream: true });
    if (response.body instanceof ReadableStream) return response.body;
    throw this.#error("the answer is empty", { kind: "unreachable", operation: "watch" });
  }

  async #call(path: string, request: CallOptions): Promise<Fields> {
    return (await this.#attempt(path, request)).fields;
  }

  /** Tries each endpoint once, and once more after a new token. */
  async #attempt(path: string, request: CallOptions & { readonly isStream?: true }): Promise<Answer> {
    let last: EtcdError | undefined;
    for (const address of this.#endpoints.inOrder) {
      request.signal?.throwIfAborted();
      try {
        const answer = await this.#authorized(path, { ...request, address });
        this.#endpoints.answered(address);
        return answer;
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        if (error.etcdKind !== "unreachable") {
          this.#endpoints.answered(address);
          throw error;
        }
        last = error;
        this.#endpoints.failed(address, error.reason);
      }
    }
    throw last ?? this.#error("it has no endpoints", { kind: "unreachable", operation: request.operation });
  }

  async #authorized(path: string, request: SentCall): Promise<Answer> {
    const { login } = this.#options;
    if (login === undefined) return await this.#send(path, request);
    const hadToken = this.#token !== undefined;
    if (!hadToken) await this.#authenticate(login, request);
    try {
      return await this.#send(path, request);
    } catch (error) {
      // A token ends when it is not used, and when etcd starts again.
      if (!hadToken || !(error instanceof EtcdError) || error.etcdKind !== "login") throw error;
      await this.#authenticate(login, request);
      return await this.#send(path, request);
    }
  }

  async #authenticate({ user, password }: Login, { signal, operation, address }: SentCall): Promise<void> {
    const login = { fields: { name: user, password }, operation, signal, address, isAnonymous: true } as const;
    const { fields } = await this.#send("auth/authenticate", login);
    this.#token = textOf(fields["token"]);
  }

  async #send(path: string, request: SentCall): Promise<Answer> {
    const { fields, operation, signal, address, isAnonymous = false, maxBytes = MAX_ANSWER } = request;
    signal?.throwIfAborted();
    const { fetch, clock } = this.#options;
    const url = `${this.#url.isSecure ? "https" : "http"}://${address}/v3/${path}`;
    const headers = {
      "content-type": "application/json",
      // Other requests use the old token until there is a new one.
      ...(this.#token === undefined || isAnonymous ? {} : { authorization: this.#token }),
    };
    // The stream of a watch lives longer than the wait for its beginning.
    const life = new AbortController();
    const stop = (): void => life.abort(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await runWithin({ timeoutMs: ANSWER_MS, signal, clock }, async (limit) => {
        const end = (): void => life.abort(limit.reason);
        limit.addEventListener("abort", end, { once: true });
        const init = { method: "POST", headers, body: JSON.stringify(fields), signal: life.signal } as const;
        const response = await fetch(url, init);
        if (request.isStream && response.ok) {
          limit.removeEventListener("abort", end);
          return { fields: {}, body: response.body };
        }
        const json = answerOf(await readText(response.body, { maxBytes, signal: life.signal }));
        if (!response.ok || json["code"] !== undefined) throw this.#refusal(json, { operation, address });
        return { fields: json, body: undefined };
      });
    } catch (error) {
      if (error instanceof EtcdError || signal?.aborted) throw error;
      // Other endpoints would answer the same.
      const kind = error instanceof RangeError ? "oversized" : "unreachable";
      const reason = life.signal.aborted ? `no answer within ${ANSWER_MS / 1000}s` : reasonOf(error);
      throw this.#error(reason, { kind, operation, address });
    } finally {
      if (!request.isStream) signal?.removeEventListener("abort", stop);
    }
  }

  /** The error that an answer reports. */
  #refusal(json: Fields, about: { readonly operation: string; readonly address?: string | undefined }): Error {
    const status = numberOf(json["code"] ?? json["grpc_code"]);
    const message = oneLine(textOf(json["error"]) || textOf(json["message"]) || "the answer is not of etcd");
    if (status === STATUS.outOfRange && message.includes("compacted")) return new CompactedError(message);
    // A token of JWT is of one revision of the rights.
    if (status === STATUS.unauthenticated || LOGIN_NEEDED.test(message)) {
      const hint = "name a file with the line USER:PASSWORD by --store-login";
      return this.#error(message, { kind: "login", ...about, status, hint });
    }
    if (message.includes("CommonName of client")) {
      const hint = "use a client certificate without a common name, or none";
      return this.#error("etcd does not take a certificate with a common name together with users", {
        kind: "refused",
        ...about,
        hint,
      });
    }
    const isDown = status <= 0 || status === STATUS.unavailable || /timed out|no leader/.test(message);
    return this.#error(message, { kind: isDown ? "unreachable" : "refused", ...about, status });
  }

  #error(
    reason: string,
    options: {
      readonly kind: EtcdError["etcdKind"];
      readonly operation: string;
      readonly status?: number;
      readonly hint?: string;
      readonly address?: string | undefined;
    },
  ): EtcdError {
    const { address = this.#endpoints.current ?? this.#url.text, ...rest } = options;
    return new EtcdError(reason, { object: address, ...rest });
  }
}

interface CallOptions {
  readonly fields: Fields;
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
  /** The longest answer; bytes. */
  readonly maxBytes?: number | undefined;
}

/** A request to one endpoint. */
interface SentCall extends CallOptions {
  readonly address: string;
  readonly isStream?: true;
  /** Whether it is sent without a token. */
  readonly isAnonymous?: true;
}

interface Answer {
  readonly fields: Fields;
  readonly body: ReadableStream<Uint8Array> | null | undefined;
}

/** The fields of an answer; etcd answers some mistakes with a line of text. */
function answerOf(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return { code: -1, error: text.trim() };
  }
}

/** The reason of a failed request, without the address that fetch repeats and the runtime's layers. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : "";
  const text = cause === "" ? error.message : cause;
  return oneLine(
    text.replace(/^error sending request (?:from \S+ )?for url \([^)]*\)(?: \([^)]*\))?: /, "")
      .replace(/^client error \([^)]*\): (?:(?:tcp connect|dns) error: )?/, "")
      .replace(/ \(os error \d+\)$/, ""),
  );
}
