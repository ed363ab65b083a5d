import assert from "node:assert/strict";
import { probe } from "../../../../core/health/mod.ts";
import type { TraceEntry } from "../../../../core/net/mod.ts";
import { openNetwork } from "../../../../core/system/network.ts";
import { type Check, DEFAULT_TIMING, parseEndpoint } from "../../../../core/model/mod.ts";

/** Text that is easy to compare. */
function formatEntry({ kind, bytes }: TraceEntry): string {
  return bytes === undefined ? kind : `${kind} ${new TextDecoder().decode(bytes)}`;
}

Deno.test("probe() reports everything that both sides send to its trace", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async (): Promise<void> => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(100));
    await connection.write(new TextEncoder().encode("pong\n"));
  };
  const served = serve();
  const trace: string[] = [];
  const check: Check = { type: "tcp", send: "ping\n", expect: { text: "pong" }, ...DEFAULT_TIMING };
  const target = parseEndpoint(`127.0.0.1:${listener.addr.port}`);
  const result = await probe(target, check, { trace: (entry) => trace.push(formatEntry(entry)) });
  await served;
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(trace, ["connected", "sent ping\n", "received pong\n"]);
});

Deno.test("probe() tells of datagrams as well", async () => {
  await using network = openNetwork();
  const check: Check = { type: "ping", ...DEFAULT_TIMING };
  const kinds: string[] = [];
  const result = await probe(parseEndpoint("127.0.0.1:1"), check, { network, trace: ({ kind }) => kinds.push(kind) });
  if (result.ok) assert.deepEqual([kinds[0], kinds.at(-1)], ["sent", "received"]);
  // Without the right to raw sockets nothing is sent at all.
  else assert.deepEqual([result.inconclusive, kinds], [true, []]);
});
