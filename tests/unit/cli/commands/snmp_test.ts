import assert from "node:assert/strict";
import { AnsweringDaemon } from "../../../support/answering_daemon.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { routerStatuses } from "../../../support/router_status.ts";
import { realServer, serviceEntry } from "../../../support/samples.ts";

const ROOT = ".1.3.6.1.4.1.8225.4711";

Deno.test("snmp answers the requests of snmpd until standard input ends", async () => {
  const entry = { ...serviceEntry("tcp://192.0.2.10:80"), servers: [realServer("10.0.0.11:80")] };
  const kernel = memoryKernel({ services: [entry] });
  const stdin = `PING\nget\n${ROOT}.2.0\ngetnext\n${ROOT}.18.1.3\nset\n${ROOT}.2.0\ninteger 1\n`;
  const { code, out, err } = await lvsctl("snmp", { kernel, stdin, clock: new FakeClock() });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `PONG\n${ROOT}.2.0\ninteger\n1\n${ROOT}.18.1.3.1.1\nipaddress\n10.0.0.11\nnot-writable\n`,
  );
});

Deno.test("snmp --oid has the objects at another place", async () => {
  const kernel = memoryKernel({ services: [] });
  const { out } = await lvsctl("snmp --oid 1.2.3", { kernel, stdin: "get\n.1.2.3.2.0\n", clock: new FakeClock() });
  assert.equal(out, ".1.2.3.2.0\ninteger\n0\n");
  const wrong = await lvsctl("snmp --oid a.b", { kernel });
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /"a\.b" is not an identifier such as \.1\.3\.6/);
});

Deno.test("snmp --mib keepalived has the table under the identifiers of KEEPALIVED-MIB", async () => {
  const entry = { ...serviceEntry("tcp://192.0.2.10:80"), servers: [realServer("10.0.0.11:80")] };
  const kernel = memoryKernel({ services: [entry] });
  const address = ".1.3.6.1.4.1.9586.100.5.3.4.1.4";
  const stdin = `getnext\n${address}\n`;
  const { code, out, err } = await lvsctl("snmp --mib keepalived", { kernel, stdin, clock: new FakeClock() });
  assert.deepEqual([code, err, out], [0, "", `${address}.1.1\noctet\n0a 00 00 0b\n`]);
  assert.equal((await lvsctl("snmp --mib other", { kernel })).code, 2);
});

Deno.test("snmp --mib keepalived has the virtual routers of the daemon", async () => {
  await using daemon = new AnsweringDaemon({
    routers: () => ({
      routers: routerStatuses(),
      groups: [{ name: "site", members: ["edge"], state: "fault" }],
      discarded: {},
    }),
  });
  const { directories } = daemon;
  const root = ".1.3.6.1.4.1.9586.100.5.2";
  const stdin = ["1.1.2", "1.1.3", "3.1.2", "3.1.8", "3.1.14", "6.1.5"].map((oid) => `getnext\n${root}.${oid}\n`).join(
    "",
  );
  const kernel = memoryKernel({ services: [] });
  const { code, out, err } = await lvsctl("snmp --mib keepalived", {
    kernel,
    stdin,
    clock: new FakeClock(),
    directories,
  });
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    [
      `${root}.1.1.2.1\nstring\nsite\n`,
      `${root}.1.1.3.1\ninteger\n3\n`,
      `${root}.3.1.2.1\nstring\nedge\n`,
      `${root}.3.1.8.1\ninteger\n90\n`,
      `${root}.3.1.14.1\ngauge\n30\n`,
      `${root}.6.1.5.1.1\ngauge\n24\n`,
    ].join(""),
  );
});
