import assert from "node:assert/strict";
import { announcedDefaultDevices, ipv4DefaultDevices } from "../../../../core/doctor/default_routes.ts";

const TITLES = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

Deno.test("ipv4DefaultDevices() has the interfaces of default routes that are used, each once", () => {
  const text = TITLES +
    "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
    "eth0\t00000000\t0200000A\t0003\t0\t0\t200\t00000000\t0\t0\t0\n" +
    "eth1\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n" +
    "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n" +
    "eth2\t00000000\t0100000A\t0002\t0\t0\t0\t00000000\t0\t0\t0\n" +
    "*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n";
  assert.deepEqual(ipv4DefaultDevices(text), ["eth0"]);
  assert.deepEqual(ipv4DefaultDevices(""), []);
});

Deno.test("announcedDefaultDevices() has the interfaces of default routes that routers announced", () => {
  const zero = "0".repeat(32);
  const line = (destination: string, length: string, flags: string, device: string): string =>
    `${destination} ${length} ${zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 ${flags} ${
      device.padStart(8)
    }\n`;
  const text = line(zero, "00", "00450003", "eth0") + line(zero, "00", "00000003", "eth1") +
    line(`fd00${"0".repeat(28)}`, "40", "00440001", "eth2") + line(zero, "00", "00200200", "lo");
  assert.deepEqual(announcedDefaultDevices(text), ["eth0"]);
  assert.deepEqual(announcedDefaultDevices(""), []);
});
