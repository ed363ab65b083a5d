import assert from "node:assert/strict";
import { parseProcTable } from "../../../../core/doctor/proc_table.ts";
import { PROC_TABLE } from "./captured.ts";
import { formatServerId, formatServiceId } from "../../../../core/model/mod.ts";

Deno.test("parseProcTable() reads what Linux shows to everybody", () => {
  const table = parseProcTable(PROC_TABLE);
  assert.deepEqual([table?.buckets, table?.connections], [4096, 10]);
  assert.deepEqual(
    table?.services.map(({ id, scheduler, isPersistent, onePacket, servers }) =>
      [
        formatServiceId(id),
        scheduler,
        ...(isPersistent ? ["persistent"] : []),
        ...(onePacket ? ["one-packet"] : []),
        ...servers.map((server) => `${server.forward} ${formatServerId(server)}`),
      ].join(" ")
    ),
    [
      "tcp://[fd00::1]:80 sh persistent tun [fd00::2]:80",
      "tcp://10.0.0.1:80 wlc persistent nat 10.0.0.2:80 local 127.0.0.1:8080",
      "fwmark:7 rr one-packet dr 10.0.0.3:0",
      "fwmark6:9 mh bypass [fd00::3]:0",
      "udp://10.0.0.1:53 rr",
    ],
  );
});

Deno.test("parseProcTable() does not take another text for a table", () => {
  for (const text of ["", "\n", "IP Virtual Server\n", PROC_TABLE.slice(10)]) {
    assert.equal(parseProcTable(text), undefined);
  }
  assert.deepEqual(parseProcTable(PROC_TABLE.split("\n").slice(0, 3).join("\n"))?.services, []);
});
