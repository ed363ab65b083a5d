import assert from "node:assert/strict";
import { formatHealthLine, StatusLine } from "../../../../cli/daemon/status_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { A, Bench, web } from "../../core/daemon/daemon_bench.ts";

Deno.test("formatHealthLine() has the numbers of servers and the services below their quorum", () => {
  const line = (healthy: number, ...belowQuorum: readonly string[]): string =>
    formatHealthLine({ checked: 5, healthy, belowQuorum });
  assert.equal(line(5), "5 of 5 servers healthy");
  assert.equal(line(3, "web"), "3 of 5 servers healthy; web below quorum");
  assert.equal(line(0, "a", "b", "c", "d", "e"), "0 of 5 servers healthy; a, b, c and 2 more below quorum");
  assert.equal(formatHealthLine({ checked: 0, healthy: 0, belowQuorum: [] }), "no server has a check");
  assert.equal(
    formatHealthLine({ checked: 5, healthy: 0, belowQuorum: ["web"] }, { isBlind: true }),
    "0 of 5 servers healthy; only this director cannot reach them; web below quorum",
  );
});

Deno.test("Daemon.summarize() counts the healthy servers, and names services that have lost their quorum", async () => {
  await using bench = new Bench();
  bench.down.add(A);
  const unnamed = web({ name: "web", quorum: { unit: "servers", amount: 2, hysteresis: 0 } });
  await bench.load({ services: [unnamed] });
  await bench.clock.advance(3000);
  assert.deepEqual(bench.daemon.summarize(), { checked: 2, healthy: 1, belowQuorum: ["web"] });
});

Deno.test("StatusLine sends one line for changes within a second, and none if it is the same", async () => {
  const clock = new FakeClock();
  const sent: string[] = [];
  let line = "a";
  {
    using status = new StatusLine({ line: () => line, send: (text) => sent.push(text), clock });
    status.changed();
    line = "b";
    status.changed();
    await clock.advance(1000);
    status.changed();
    await clock.advance(1000);
    assert.deepEqual(sent, ["b"]);
    line = "c";
    status.changed();
  }
  await clock.advance(5000);
  assert.deepEqual([sent, clock.pending], [["b"], 0]);
});
