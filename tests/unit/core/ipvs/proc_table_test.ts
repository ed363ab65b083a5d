import assert from "node:assert/strict";
import { procName, servicesWithIpv6Servers } from "../../../../core/ipvs/proc_table.ts";
import { serviceId } from "../../../support/samples.ts";

const HEAD = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;

const IPV4 = "  -> 0A00000B:0050      Masq    1      0          0         \n";
const IPV6 = "  -> [2001:0db8:0000:0000:0000:0000:0000:000b]:0050      Tunnel  1      0          0         \n";

Deno.test("servicesWithIpv6Servers() finds the services of servers in brackets, wherever they stand", () => {
  const table = [
    HEAD,
    `TCP  C000020A:0050 wlc  \n${IPV4}${IPV4}`,
    `UDP  C000020A:0035 rr ops \n${IPV4}${IPV6}${IPV4}`,
    `SCTP  C000020A:8E3C wlc  \n${IPV6}${IPV6}`,
    "TCP  C000020B:0050 wlc  \n",
    `FWM  0000000A wlc  \n${IPV4}`,
    `TCP  [2001:0db8:0000:0000:0000:0000:0000:0010]:0050 wlc  \n${IPV6}`,
    `FWM  FFFFFFFF sh persistent 30000 FFFFFFFF\n${IPV6}`,
  ];
  const mixed = servicesWithIpv6Servers(table.join(""));
  const names = ["tcp://192.0.2.10:80", "udp://192.0.2.10:53", "sctp://192.0.2.10:36412", "tcp://192.0.2.11:80"];
  const marks = ["fwmark:10", "fwmark:4294967295"];
  assert.deepEqual([...names, ...marks].filter((name) => mixed.has(procName(serviceId(name)))), [
    "udp://192.0.2.10:53",
    "sctp://192.0.2.10:36412",
    "fwmark:4294967295",
  ]);
});

Deno.test("servicesWithIpv6Servers() finds none in a table without any, and reads one that is cut off", () => {
  assert.equal(servicesWithIpv6Servers("").size, 0);
  assert.equal(servicesWithIpv6Servers(`${HEAD}TCP  C000020A:0050 wlc  \n${IPV4}`).size, 0);
  assert.equal(servicesWithIpv6Servers(`${HEAD}TCP  C000020A:0050 wlc  \n${IPV6.slice(0, 12)}`).size, 1);
});
