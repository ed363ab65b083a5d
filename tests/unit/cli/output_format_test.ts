import assert from "node:assert/strict";
import { EXIT } from "../../../core/errors/mod.ts";
import { lvsctl } from "../../support/command_line.ts";
import { valueOfFile } from "../../support/json_schema.ts";
import { memoryKernel } from "../../support/kernel_state.ts";
import type { MemoryKernel } from "../../support/memory_kernel.ts";
import { MemoryRoutes } from "../../support/memory_routes.ts";
import { serviceEntry } from "../../support/samples.ts";
import { CAPTURED_LIST } from "../core/connections/captured.ts";

const WEB = "tcp://192.0.2.10:80";
const LONG = "tcp://[2001:db8:1234:5678:9abc:def0:1234:5678]:8080";

function kernel(): MemoryKernel {
  return memoryKernel({
    services: [serviceEntry("fwmark6:7"), serviceEntry(WEB, "10.0.0.12:80", "10.0.0.11:80"), serviceEntry(LONG)],
  });
}

/** Lines with `-o name`, and the names, which other commands take. */
const NAMES: readonly (readonly [line: string, ...names: readonly string[]])[] = [
  ["list", WEB, LONG, "fwmark6:7"],
  ["service list", WEB, LONG, "fwmark6:7"],
  [`service show ${WEB}`, WEB],
  [`server list ${WEB}`, "10.0.0.11:80", "10.0.0.12:80"],
  ["server list fwmark6:7"],
  ["vip list", "192.0.2.10", "2001:db8:1234:5678:9abc:def0:1234:5678"],
  ["sync status"],
  ["connections --group-by service --client 10.0.0.100 --protocol udp", "udp://10.0.0.100:53", "udp://10.0.0.100:5060"],
  ["connections --state LISTEN"],
];

for (const [line, ...names] of NAMES) {
  Deno.test(`"lvsctl ${line} -o name" prints one name in each line, and nothing for none`, async () => {
    const options = { kernel: kernel(), routes: new MemoryRoutes(), connections: CAPTURED_LIST };
    const printed = await lvsctl(`${line} -o name`, options);
    assert.deepEqual([printed.code, printed.err], [EXIT.ok, ""]);
    assert.deepEqual(printed.out, names.map((name) => `${name}\n`).join(""));
  });
}

Deno.test("explain -o name prints the server, or else the candidates", async () => {
  const options = { kernel: kernel(), connections: `${CAPTURED_LIST.split("\n", 1).join("")}\n` };
  assert.deepEqual(await lvsctl(`explain 198.51.100.7 ${WEB} -o name`, options), {
    code: EXIT.ok,
    out: "10.0.0.11:80\n10.0.0.12:80\n",
    err: "",
  });
  await lvsctl(`server edit ${WEB} 10.0.0.11 --weight 0`, options);
  assert.equal((await lvsctl(`explain 198.51.100.7 ${WEB} -o name`, options)).out, "10.0.0.12:80\n");
});

Deno.test("-o json is --json, in every way to write it, and -o wide is --wide", async () => {
  const options = { kernel: kernel() };
  const json = await lvsctl("list --json", options);
  for (const words of ["-o json", "-ojson", "--output json", "--output=json", "--json -o json"]) {
    assert.deepEqual(await lvsctl(`list ${words}`, options), json, words);
  }
  const terminal = { columns: 40, rows: 24 };
  const wide = await lvsctl("list --wide", { ...options, terminal });
  assert.deepEqual(await lvsctl("list -o wide", { ...options, terminal }), wide);
  assert.notDeepEqual(await lvsctl("list", { ...options, terminal }), wide);
});

Deno.test("-o yaml prints long lists item by item, and an empty one", async () => {
  const options = { connections: CAPTURED_LIST };
  const { out } = await lvsctl("connections -o yaml", options);
  assert.deepEqual(await valueOfFile(out), JSON.parse((await lvsctl("connections --json", options)).out));
  assert.equal((await lvsctl("connections --state LISTEN -o yaml", options)).out, "version: 2\nconnections: []\n");
});

Deno.test("-o refuses another format than --json, an unknown one, and names of what has none", async () => {
  const options = { kernel: kernel(), connections: CAPTURED_LIST };
  for (
    const [line, message] of [
      ["list --json -o name", /--json and --output name exclude each other; use one of them/],
      ["list -o xml", /"xml" is not one of yaml, json, wide, name/],
      ["timeouts -o name", /"name" is not one of yaml, json/],
      ["connections --count -o name", /the document has no names; use --json/],
    ] as const
  ) {
    const { code, out, err } = await lvsctl(line, options);
    assert.deepEqual([code, out], [EXIT.usage, ""], line);
    assert.match(err, message);
  }
});
