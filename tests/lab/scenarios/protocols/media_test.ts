import assert from "node:assert/strict";
import type { MediaSession, MediaStreams } from "../../media_client.ts";
import { ProtocolBench } from "../../protocol_bench.ts";
import type { MediaServer } from "../../servers/media_program.ts";
import { denoProgram } from "../../traffic.ts";

const PORT = 5004;
const PACKETS = 200;

Deno.test("media streams over UDP stay on one server each, and lose and reorder nothing", async () => {
  await using bench = await ProtocolBench.create();
  for (const { name, address, start } of bench.places) {
    const server: MediaServer = { name, address, port: PORT };
    await start(denoProgram("servers/media_program.ts", server)).untilOutput(/^ready\n/);
  }
  await bench.balance({ protocol: "udp", port: PORT });

  const streams: MediaStreams = { address: bench.vip, port: PORT, sessions: 6, packets: PACKETS };
  const sessions: readonly MediaSession[] = JSON.parse(await bench.must(denoProgram("media_client.ts", streams)));
  const inOrder = Array.from({ length: PACKETS }, (_, number) => number);
  for (const { servers, sequence, strange } of sessions) {
    assert.deepEqual({ servers: servers.length, strange }, { servers: 1, strange: 0 }, servers.join(" "));
    assert.deepEqual(sequence, inOrder);
  }
  const names = sessions.flatMap(({ servers }) => servers);
  assert.deepEqual(names.toSorted(), ["r1", "r1", "r1", "r2", "r2", "r2"]);
});
