import assert from "node:assert/strict";
import { IpvsClient } from "../../../../core/ipvs/mod.ts";
import { type ListedServer, parseIpAddress, type Traffic } from "../../../../core/model/mod.ts";
import { fromHex, toHex } from "../../../support/hex.ts";
import { parseAttributes } from "../../../support/kernel/wire.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";
import { ScriptedTransport } from "../../../support/scripted_transport.ts";
import captured from "./captured/answers.json" with { type: "json" };

// What a real kernel answered, with traffic in its counters, read by lvsctl: see the file for where it is from.

/** A client of a kernel that gives the captured answers, with the sequence numbers of the requests. */
function client(): IpvsClient {
  return new IpvsClient(
    new ScriptedTransport((request) => {
      const wanted = identity(request.subarray(16));
      const found = captured.messages.filter((message) => identity(fromHex(message.request)) === wanted);
      // Both `-Ln` and `-Ln -t` asked for the same servers: of the two equal answers one is given.
      const [first] = found;
      const answers = found.filter(({ command }) => command === first?.command);
      return [...answers.map(({ datagram }) => withSequence(fromHex(datagram), request)), acknowledgement(request)];
    }),
    { family: 0x1c },
  );
}

/** The command of a request and the service that it names: ipvsadm names more than the kernel looks at. */
function identity(body: Uint8Array): string {
  const service = parseAttributes(parseAttributes(body.subarray(4)).get(1) ?? new Uint8Array());
  const key = [1, 2, 3, 4, 5].map((type) => toHex(service.get(type) ?? new Uint8Array()));
  return `${body[0]} ${key.join(" ")}`;
}

function withSequence(datagram: Uint8Array, request: Uint8Array): Uint8Array {
  const view = new DataView(datagram.buffer);
  for (let at = 0; at < datagram.length; at += view.getUint32(at, true)) datagram.set(request.subarray(8, 12), at + 8);
  return datagram;
}

function acknowledgement(request: Uint8Array): Uint8Array {
  return withSequence(fromHex("14000000 02000000 00000000 00000000 00000000"), request);
}

function traffic(...[connections, inPackets, outPackets, inBytes, outBytes]: readonly number[]): Traffic {
  const amount = (value = 0): bigint => BigInt(value);
  return {
    connections: amount(connections),
    inPackets: amount(inPackets),
    outPackets: amount(outPackets),
    inBytes: amount(inBytes),
    outBytes: amount(outBytes),
  };
}

const NO_TRAFFIC = { counters: traffic(), rates: traffic() };
/** As `ipvsadm -Ln --stats` and `--rate` showed it. */
const TRAFFIC = { counters: traffic(3, 21, 15, 1332, 2109), rates: traffic(0, 2, 1, 125, 198) };
const TRAFFIC6 = { counters: traffic(3, 21, 15, 1770, 2409), rates: traffic(0, 2, 1, 166, 226) };

const SERVICE = virtualService("tcp://10.9.9.9:80", {
  scheduler: "wrr",
  persistence: { timeoutSeconds: 300, netmask: 0xffffff00 },
});
const SERVICE6 = virtualService("tcp://[2001:db8::99]:80", {
  scheduler: "mh",
  schedulerFlags: 3,
  persistence: { timeoutSeconds: 60, netmask: 64 },
});
const SIP = virtualService("udp://192.0.2.10:5060", {
  scheduler: "lc",
  persistence: { timeoutSeconds: 360, netmask: 0xffffffff, engine: "sip" },
});
const MARK = virtualService("fwmark6:7", { onePacket: true });

const SERVERS: readonly ListedServer[] = [
  {
    ...realServer("10.0.0.12:80", {
      forward: "tun",
      weight: 0,
      tunnel: { type: "gue", port: 5555, checksum: "csum" },
    }),
    activeConnections: 0,
    inactiveConnections: 0,
    persistentConnections: 0,
    statistics: NO_TRAFFIC,
  },
  {
    ...realServer("127.0.0.1:8080", { weight: 5, upperThreshold: 100, lowerThreshold: 50 }),
    activeConnections: 0,
    inactiveConnections: 3,
    persistentConnections: 1,
    statistics: TRAFFIC,
  },
];
const SERVER6: ListedServer = {
  ...realServer("[::1]:8081", { weight: 2147483647 }),
  activeConnections: 0,
  inactiveConnections: 3,
  persistentConnections: 1,
  statistics: TRAFFIC6,
};

Deno.test("IpvsClient.services() reads what a real kernel answers", () => {
  assert.deepEqual(client().services(), [SERVICE, SERVICE6, SIP, MARK]);
});

Deno.test("IpvsClient.getService() reads what a real kernel answers", () => {
  assert.deepEqual(client().getService(SERVICE.id), SERVICE);
});

Deno.test("IpvsClient.getService() reads a real kernel's ESRCH", () => {
  assert.equal(client().getService(serviceId("tcp://10.9.9.9:81")), undefined);
});

Deno.test("IpvsClient.servers() reads what a real kernel answers", () => {
  const plain = SERVERS.map((server) => {
    const { activeConnections: _a, inactiveConnections: _i, persistentConnections: _p, statistics: _s, ...rest } =
      server;
    return rest;
  });
  assert.deepEqual(client().servers(SERVICE.id), plain);
  assert.deepEqual(client().servers(MARK.id), []);
});

Deno.test("IpvsClient.list() reads a real kernel's counters, rates and connections", () => {
  assert.deepEqual(client().list(), [
    { service: SERVICE, statistics: TRAFFIC, servers: SERVERS },
    { service: SERVICE6, statistics: TRAFFIC6, servers: [SERVER6] },
    { service: SIP, statistics: NO_TRAFFIC, servers: [] },
    { service: MARK, statistics: NO_TRAFFIC, servers: [] },
  ]);
  assert.deepEqual(client().list(SERVICE.id), [{ service: SERVICE, statistics: TRAFFIC, servers: SERVERS }]);
});

Deno.test("IpvsClient.syncDaemons() reads what a real kernel answers", () => {
  assert.deepEqual(client().syncDaemons(), [
    {
      role: "master",
      interface: "lo",
      syncId: 3,
      maxLength: 1472,
      group: parseIpAddress("224.0.0.81"),
      port: 8848,
      ttl: 1,
    },
    {
      role: "backup",
      interface: "lo",
      syncId: 4,
      maxLength: 65487,
      group: parseIpAddress("ff02::51"),
      port: 9000,
      ttl: 7,
    },
  ]);
});

Deno.test("IpvsClient.getTimeouts() and getInfo() read what a real kernel answers", () => {
  assert.deepEqual(client().getTimeouts(), { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 });
  assert.deepEqual(client().getInfo(), { version: [1, 2, 1], connectionTableSize: 4096 });
});
