import assert from "node:assert/strict";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";

const WEB = "tcp://192.0.2.10:80";
const HEADER = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";

async function kernelWith(...lines: readonly string[]): Promise<MemoryKernel> {
  const kernel = memoryKernel({});
  for (const line of lines) assert.equal((await lvsctl(line, { kernel })).code, 0, line);
  return kernel;
}

Deno.test("explain prints the server first, then the steps of the kernel, then the servers", async () => {
  const kernel = await kernelWith(
    `service add ${WEB} --scheduler fo`,
    `server add ${WEB} 10.0.0.11 --weight 0`,
    `server add ${WEB} 10.0.0.12 --weight 3`,
  );
  const { code, out, err } = await lvsctl(`explain 198.51.100.7 ${WEB}`, { kernel });
  assert.deepEqual([code, err], [0, ""]);
  assert.deepEqual(out.split("\n").map((line) => line.trim().replace(/ {2,}/g, "  ")).toSorted(), [
    "",
    "10.0.0.11:80  nat  weight 0  0 active  0 inactive  quiesced",
    "10.0.0.12:80  nat  weight 3  0 active  0 inactive  accepts connections",
    "198.51.100.7 to tcp://192.0.2.10:80: 10.0.0.12:80",
    "connection: existing connections are not looked up without the ports of both ends",
    "scheduler: fo chooses the server with the highest weight",
    "service: tcp://192.0.2.10:80 has this protocol, address and port",
  ]);
  assert.match(out, /^198\.51\.100\.7 to .*\n +service: .*\n +connection: .*\n +scheduler: /);
});

Deno.test("explain --json names the server, what decides, and the candidates", async () => {
  const kernel = await kernelWith(
    `service add ${WEB} --scheduler rr --persistent 5m`,
    `server add ${WEB} 10.0.0.11`,
    `server add ${WEB} 10.0.0.12`,
  );
  const json = async (client: string): Promise<Record<string, unknown>> =>
    JSON.parse((await lvsctl(`explain ${client} ${WEB} --json`, { kernel, connections })).out);
  const connections = `${HEADER}TCP C6336407 0000 C000020A 0050 0A00000C 0050 ASSURED         100\n`;
  const { result, server, decided_by, basis } = await json("198.51.100.7");
  assert.deepEqual([result, decided_by, basis], ["server", "template", "rule"]);
  assert.deepEqual(server, { server: "10.0.0.12:80", address: "10.0.0.12", port: 80, family: "ipv4" });
  const other = await json("198.51.100.8:9");
  assert.deepEqual([other["result"], other["server"], other["client"]], ["undetermined", null, {
    address: "198.51.100.8",
    port: 9,
    family: "ipv4",
  }]);
  assert.equal((other["candidates"] as readonly unknown[]).length, 2);
});

Deno.test("explain exits with 1 if no server gets the connection, and with 2 for a client of another family", async () => {
  const kernel = await kernelWith(`service add ${WEB}`);
  const none = await lvsctl("explain 198.51.100.7 tcp://192.0.2.10:81", { kernel });
  assert.equal(none.code, 1);
  assert.match(none.out, /: no real server\n.*of this address there are tcp:\/\/192\.0\.2\.10:80\n/);
  for (const client of ["2001:db8::7", "[2001:db8::7]:40000"]) {
    const { code, err } = await lvsctl(`explain ${client} ${WEB}`);
    assert.equal(code, 2);
    assert.match(err, /Cannot explain a connection of 2001:db8::7: client and service have different address families/);
  }
  assert.equal((await lvsctl(`explain nowhere ${WEB}`)).code, 2);
});

Deno.test("explain --last-weight removes the assumption on servers of mh, and is SERVER=WEIGHT", async () => {
  const kernel = await kernelWith(
    `service add ${WEB} --scheduler mh --scheduler-flags mh-fallback`,
    `server add ${WEB} 10.0.0.11 --weight 0`,
    `server add ${WEB} 10.0.0.12`,
  );
  const basis = async (options: string): Promise<unknown> =>
    JSON.parse((await lvsctl(`explain 198.51.100.7 ${WEB} --json${options}`, { kernel })).out).basis;
  assert.deepEqual([await basis(""), await basis(" --last-weight 10.0.0.11:80=3")], ["assumption", "rule"]);
  for (const text of ["10.0.0.11:80", "10.0.0.11=3", "10.0.0.11:80=x"]) {
    assert.equal((await lvsctl(`explain 198.51.100.7 ${WEB} --last-weight ${text}`)).code, 2, text);
  }
});
