import { strict as assert } from "node:assert";
import { sortServers, sortServices } from "../../../../cli/ipvsadm/print/order.ts";
import { formatServerId, formatServiceId, parseEndpoint, parseServiceId } from "../../../../core/model/mod.ts";

/** Every order of the items. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

const SERVERS: readonly (readonly string[])[] = [
  ["9.255.255.255:9", "10.0.0.1:8", "10.0.0.1:80", "192.168.0.1:1"],
  ["10.0.0.1:80", "255.0.0.1:80", "[::1]:80", "[2001:db8::1]:8", "[ff00::]:1"],
  ["10.0.0.1:80"],
  [],
];

for (const sorted of SERVERS) {
  Deno.test(`servers are sorted: ${sorted.join(" ")}`, () => {
    for (const order of permutations(sorted)) {
      assert.deepEqual(sortServers(order.map((text) => parseEndpoint(text))).map(formatServerId), sorted);
    }
  });
}

const SERVICES: readonly (readonly string[])[] = [
  ["tcp://10.0.0.1:443", "tcp://192.168.0.1:80", "udp://10.0.0.1:53", "sctp://9.0.0.1:1"],
  ["udp://10.0.0.1:53", "tcp://[2001:db8::1]:80", "udp://[::1]:53", "fwmark:5", "fwmark6:5", "fwmark:4294967295"],
];

for (const sorted of SERVICES) {
  Deno.test(`services are sorted: ${sorted.join(" ")}`, () => {
    for (const order of permutations(sorted)) {
      assert.deepEqual(sortServices(order.map(parseServiceId), (id) => id).map(formatServiceId), sorted);
    }
  });
}
