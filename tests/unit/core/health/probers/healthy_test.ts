import assert from "node:assert/strict";
import { type Check, DEFAULT_TIMING } from "../../../../../core/model/mod.ts";
import { serveTcp } from "../../../../support/loopback.ts";
import { TCP_PEERS, TLS_PEERS } from "../../../../support/protocol_peers.ts";
import { play } from "../../../../support/scripted_peer.ts";
import { serveTls } from "../../../../support/tls.ts";
import { openProber, verdict } from "./real_prober.ts";

/** A long timeout for a busy machine, because these tests are about the conversation. */
const TIMING = { ...DEFAULT_TIMING, intervalMs: 10_000, timeoutMs: 10_000 };

for (const { name, check, script, detail } of TCP_PEERS) {
  Deno.test(`${name}: a healthy server passes`, async () => {
    await using prober = openProber();
    await using server = serveTcp((connection) => play(connection, script));
    assert.deepEqual(verdict(await prober.probe(server.target, { ...check, ...TIMING } as Check)), {
      ok: true,
      detail,
    });
  });

  Deno.test(`${name}: a healthy server passes by a way of its own`, async () => {
    await using prober = openProber();
    await using server = serveTcp((connection) => play(connection, script));
    const way = { source: server.target.address };
    const result = await prober.probe(server.target, { ...check, ...way, ...TIMING } as Check);
    assert.deepEqual(verdict(result), { ok: true, detail });
  });
}

for (const { name, check, script, detail } of TLS_PEERS) {
  Deno.test(`${name}: a healthy server passes`, async () => {
    await using prober = openProber();
    await using server = serveTls((connection) => play(connection, script), { protocols: ["h2", "http/1.1"] });
    const { certificateMs = 0, ...rest } = {
      certificateMs: 0,
      ...verdict(
        await prober.probe(server.target, { ...check, ...TIMING } as Check),
      ),
    };
    assert.deepEqual(rest, { ok: true, detail });
    assert.ok(certificateMs > 0, "the result has the lifetime of the certificate");
  });
}
