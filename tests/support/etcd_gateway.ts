import { fieldsOf, itemsOf, textOf } from "../../core/json/mod.ts";
import type { KeyRange, WatchMessage } from "../../core/etcd/values.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import { MemoryEtcd } from "./memory_etcd.ts";

/** A user of the gateway. */
export interface GatewayUser {
  readonly user: string;
  readonly password: string;
}

/** An HTTP/JSON gateway of an etcd in memory, on loopback. */
export class EtcdGateway implements AsyncDisposable {
  readonly etcd: MemoryEtcd = new MemoryEtcd(SYSTEM_CLOCK);
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #user: GatewayUser | undefined;
  readonly #stop = new AbortController();
  #token = 0;
  /** The paths of the requests. */
  readonly paths: string[] = [];
  /** What is answered in place of the right answer, if it is set. */
  answer: (() => Response | Promise<Response>) | undefined;

  constructor({ user }: { readonly user?: GatewayUser } = {}) {
    this.#user = user;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#handle(request),
    );
  }

  /** The port. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** The address of a store at it. */
  get address(): string {
    return `etcd://127.0.0.1:${this.port}/lvs`;
  }

  /** Forgets the tokens, as etcd does when they are old. */
  expireTokens(): void {
    this.#token++;
  }

  async #handle(request: Request): Promise<Response> {
    const path = new globalThis.URL(request.url).pathname.replace(/^\/v3\//, "");
    this.paths.push(path);
    const body = fieldsOf(await request.json());
    if (this.answer !== undefined) return await this.answer();
    if (path === "auth/authenticate") return this.#authenticate(body);
    if (this.#user !== undefined && request.headers.get("authorization") !== `token.${this.#token}`) {
      return json(
        { error: "etcdserver: invalid auth token", code: 16, message: "etcdserver: invalid auth token" },
        401,
      );
    }
    try {
      return await this.#reply(path, body);
    } catch (error) {
      return json({ error: String(error), code: 14 }, 503);
    }
  }

  #authenticate({ name, password }: Readonly<Record<string, unknown>>): Response {
    const user = this.#user;
    if (name === user?.user && password === user?.password) return json({ token: `token.${this.#token}` });
    return json({ error: "etcdserver: authentication failed, invalid user ID or password", code: 3 }, 400);
  }

  async #reply(path: string, body: Readonly<Record<string, unknown>>): Promise<Response> {
    switch (path) {
      case "kv/range": {
        const { revision, entries } = await this.etcd.range(rangeOf(body));
        return json({ header: header(revision), ...(entries.length === 0 ? {} : { kvs: entries.map(entryJson) }) });
      }
      case "kv/txn": {
        const { isDone, revision } = await this.etcd.commit(transactionOf(body));
        return json({ header: header(revision), ...(isDone ? { succeeded: true } : {}) });
      }
      case "lease/grant":
        return json({ ID: await this.etcd.grantLease(Number(body["TTL"])), TTL: body["TTL"] });
      case "lease/keepalive": {
        const isAlive = await this.etcd.renewLease(String(body["ID"]));
        return json({ result: { ID: body["ID"], ...(isAlive ? { TTL: "15" } : {}) } });
      }
      case "lease/revoke":
        await this.etcd.revokeLease(String(body["ID"]));
        return json({});
      case "watch":
        return new Response(this.#watch(fieldsOf(body["create_request"])));
      default:
        return json({ error: "Not Found", code: 5 }, 404);
    }
  }

  #watch(create: Readonly<Record<string, unknown>>): ReadableStream<Uint8Array> {
    const range = rangeOf(create);
    const prefix = "prefix" in range ? range.prefix : range.key;
    const from = Number(create["start_revision"]);
    const messages = this.etcd.watch(prefix, { from, signal: this.#stop.signal });
    const encoder = new TextEncoder();
    const line = (value: unknown): Uint8Array => encoder.encode(`${JSON.stringify({ result: value })}\n`);
    const compactedBefore = this.etcd.compactedBefore;
    return new ReadableStream<Uint8Array>({
      start(controller): void {
        controller.enqueue(line({ header: header(0), created: true }));
        if (from >= compactedBefore) return;
        controller.enqueue(line({ header: header(0), canceled: true, compact_revision: String(compactedBefore) }));
      },
      async pull(controller): Promise<void> {
        try {
          const { done, value } = await messages.next();
          if (done) controller.close();
          else controller.enqueue(line(messageJson(value)));
        } catch {
          controller.close();
        }
      },
    });
  }

  /** Ends the streams of watches, as a server that is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#server.shutdown();
  }
}

function json(value: unknown, status = 200): Response {
  return Response.json(value, { status });
}

function header(revision: number): unknown {
  return { revision: String(revision) };
}

function encoded(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function decoded(value: unknown): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(textOf(value) ?? ""));
}

function rangeOf(fields: Readonly<Record<string, unknown>>): KeyRange {
  const key = decoded(fields["key"]);
  const limit = fields["limit"] === undefined ? undefined : Number(fields["limit"]);
  return fields["range_end"] === undefined ? { key, limit } : { prefix: key, limit };
}

function transactionOf(fields: Readonly<Record<string, unknown>>): Parameters<MemoryEtcd["commit"]>[0] {
  return {
    when: itemsOf(fields["compare"]).map(fieldsOf).map(({ key, mod_revision, result }) => ({
      key: decoded(key),
      modRevision: result === "GREATER" ? "exists" : Number(mod_revision),
    })),
    then: itemsOf(fields["success"]).map(fieldsOf).map(({ request_put, request_delete_range }) => {
      if (request_put === undefined) return { remove: decoded(fieldsOf(request_delete_range)["key"]) };
      const { key, value, lease } = fieldsOf(request_put);
      return { put: decoded(key), value: decoded(value), lease: textOf(lease) };
    }),
  };
}

function entryJson({ key, value, modRevision }: { key: string; value: string; modRevision: number }): unknown {
  return { key: encoded(key), value: encoded(value), mod_revision: String(modRevision) };
}

function messageJson({ revision, changes }: WatchMessage): unknown {
  return {
    header: header(revision),
    events: changes.map(({ key, entry }) =>
      entry === undefined ? { type: "DELETE", kv: { key: encoded(key) } } : { kv: entryJson(entry) }
    ),
  };
}
