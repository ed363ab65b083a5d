import assert from "node:assert/strict";
import { type Check, DEFAULT_TIMING } from "../../../../../core/model/mod.ts";
import { serveTcp } from "../../../../support/loopback.ts";
import type { Growth, ManyProbes } from "../../../../support/probe_many.ts";
import { type Peer, TCP_PEERS, TLS_PEERS } from "../../../../support/protocol_peers.ts";
import { play } from "../../../../support/scripted_peer.ts";
import { serveTls } from "../../../../support/tls.ts";

/** Room for a busy machine: how long it takes is not what is tested. */
const TIMING = { ...DEFAULT_TIMING, intervalMs: 60_000, timeoutMs: 60_000 };

const PROBES = 1000;

/** What a probe that keeps a buffer, or a session of OpenSSL, would exceed many times in so many probes; bytes. */
const MOST_RSS = 12_000_000;
const MOST_HEAP = 500_000;
/** The runtime opens a pair of sockets for itself some time after its start. */
const MOST_DESCRIPTORS = 2;

const PROGRAM = new URL("../../../../support/probe_many.ts", import.meta.url);

async function grow(jobs: readonly ManyProbes[]): Promise<readonly Growth[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check", "--quiet", "--v8-flags=--expose-gc,--max-semi-space-size=1"],
      ...[PROGRAM.href, JSON.stringify(jobs), String(PROBES)],
    ],
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function assertNothingLeft(grown: readonly Growth[], count: number): void {
  assert.equal(grown.length, count);
  for (const { name, failures, descriptors, opened, rss, heap } of grown) {
    assert.deepEqual({ name, failures }, { name, failures: 0 });
    assert.ok(descriptors <= MOST_DESCRIPTORS, `${name}: ${descriptors} more descriptors are open: ${opened}`);
    assert.ok(rss < MOST_RSS, `${name}: resident memory grew by ${rss} bytes`);
    assert.ok(heap < MOST_HEAP, `${name}: the heap grew by ${heap} bytes`);
  }
}

Deno.test(`every prober over TCP leaves no socket and no memory behind in ${PROBES} probes`, async () => {
  await using servers = new AsyncDisposableStack();
  const jobs = TCP_PEERS.map(({ name, check, script }) => {
    const server = servers.use(serveTcp((connection) => play(connection, script)));
    return { name, target: server.target, check: { ...check, ...TIMING } as Check };
  });
  assertNothingLeft(await grow(jobs), TCP_PEERS.length);
});

Deno.test(`a prober over TLS leaves no session and no memory behind in ${PROBES} probes`, async () => {
  // All of them have their TLS from one place.
  const peer = TLS_PEERS.find(({ check }) => check.type === "https") as Peer;
  await using server = serveTls((connection) => play(connection, peer.script), { protocols: ["http/1.1"] });
  assertNothingLeft(
    await grow([{ name: peer.name, target: server.target, check: { ...peer.check, ...TIMING } as Check }]),
    1,
  );
});
