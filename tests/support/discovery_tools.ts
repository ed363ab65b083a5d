/**
 * Tools for sources of servers over a network of functions: a name server and an HTTP server that a test writes.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { SourceTools } from "../../core/discovery/mod.ts";
import { parseIpAddress, type ServerId } from "../../core/model/mod.ts";
import type { Network } from "../../core/net/mod.ts";
import { answerQuery, type AskedQuestion, type DnsReply } from "./dns_answer.ts";
import { FakeClock } from "./fake_clock.ts";

/** What the outside answers. */
export interface Outside {
  readonly dns?: (question: AskedQuestion) => DnsReply;
  /** The whole answer of an HTTP server to a request, or pieces that come one after the other. */
  readonly http?: (request: string) => string | AsyncIterable<string>;
  readonly hosts?: Readonly<Record<string, readonly string[] | string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Tools over such an outside. */
export interface FakeTools {
  readonly tools: SourceTools;
  readonly clock: FakeClock;
}

/** Makes tools over an outside. */
export function fakeTools(outside: Outside): FakeTools {
  const clock = new FakeClock();
  const network: Network = {
    openDatagram: (server, { signal }) => {
      let query: Uint8Array | undefined;
      return {
        localAddress: parseIpAddress("127.0.0.1"),
        write: (bytes) => {
          query = bytes;
          return Promise.resolve();
        },
        receive: async () => {
          const reply = query && answerQuery(query, { server, transport: "udp", reply: replyOf(outside) });
          query = undefined;
          return reply ?? await aborted(signal);
        },
        [Symbol.dispose]: () => {},
      };
    },
    connect: (endpoint, { signal }) => {
      const sent: Uint8Array[] = [];
      let pieces: AsyncIterator<Uint8Array> | undefined;
      let rest: Uint8Array = new Uint8Array(0);
      return Promise.resolve({
        write: (bytes) => {
          sent.push(bytes);
          return Promise.resolve();
        },
        read: async (buffer) => {
          pieces ??= answerStream(joined(sent), { endpoint, outside });
          if (rest.length === 0) {
            const next = await Promise.race([pieces.next(), aborted(signal)]);
            if (next.done) return null;
            rest = next.value;
          }
          const piece = rest.subarray(0, buffer.length);
          rest = rest.subarray(piece.length);
          buffer.set(piece);
          return piece.length;
        },
        [Symbol.dispose]: () => {},
      });
    },
    openIcmp: () => assert.fail("no source sends ICMP"),
    openTls: () => assert.fail("these tests use no TLS"),
  };
  return {
    clock,
    tools: {
      network,
      clock,
      findHost: (name) => {
        const found = outside.hosts?.[name] ?? "Name or service not known";
        return Promise.resolve(
          typeof found === "string" ? { failure: found } : { addresses: found.map(parseIpAddress) },
        );
      },
      readFile: (path) => outside.files?.[path] ?? assert.fail(`${path} was read`),
      parseYaml: (text) => Promise.resolve(JSON.parse(text)),
    },
  };
}

function replyOf({ dns }: Outside): (question: AskedQuestion) => DnsReply {
  return (question) => dns?.(question) ?? assert.fail("a name was asked");
}

/** An HTTP answer with a JSON body. */
export function jsonAnswer(value: unknown, headers: readonly string[] = []): string {
  return ["HTTP/1.1 200 OK", ...headers, "", JSON.stringify(value)].join("\r\n");
}

/** Never resolves, and rejects when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(new Deno.errors.BadResource("closed"));
  signal.addEventListener("abort", () => reject(new Deno.errors.BadResource("closed")), { once: true });
  promise.catch(() => {});
  return promise;
}

async function* answerStream(
  request: Uint8Array,
  { endpoint, outside }: { readonly endpoint: ServerId; readonly outside: Outside },
): AsyncGenerator<Uint8Array> {
  const text = new TextDecoder("latin1").decode(request);
  if (!text.startsWith("GET ")) {
    const reply = answerQuery(request.subarray(2), { server: endpoint, transport: "tcp", reply: replyOf(outside) });
    if (reply !== undefined) yield Uint8Array.from([reply.length >> 8, reply.length & 255, ...reply]);
    return;
  }
  const answer = outside.http?.(text) ?? assert.fail("a request was sent");
  if (typeof answer === "string") yield new TextEncoder().encode(answer);
  else for await (const piece of answer) yield new TextEncoder().encode(piece);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
