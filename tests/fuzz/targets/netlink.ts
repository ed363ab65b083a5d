/**
 * The kernel's answers: IPVS, routing netlink, FOU, and the frames of a link.
 *
 * @module
 */
import { LvsctlError } from "../../../core/errors/mod.ts";
import { FouClient } from "../../../core/fou/mod.ts";
import { IpvsClient } from "../../../core/ipvs/mod.ts";
import { parseIpAddress } from "../../../core/model/mod.ts";
import { decodeAttributes, GenericConnection, KernelError, TransportError } from "../../../core/netlink/mod.ts";
import { arpConflict } from "../../../core/rtnetlink/arp.ts";
import { RouteClient } from "../../../core/rtnetlink/mod.ts";
import { advertisementConflict } from "../../../core/rtnetlink/neighbour_discovery.ts";
import { fromHex } from "../../support/hex.ts";
import { serviceId } from "../../support/samples.ts";
import { ScriptedTransport } from "../../support/scripted_transport.ts";
import captured from "../../unit/core/ipvs/captured/answers.json" with { type: "json" };
import { entryFor, expectOnly, type FuzzTarget, require, splitHeader, withHeader } from "../target.ts";

const FAMILY = 0x1c;

const TABLE = {
  number: { type: 1, kind: "u32" },
  text: { type: 2, kind: "string" },
  bytes: { type: 3, kind: "binary", length: 16 },
  nested: { type: 4, kind: "nested" },
  pair: { type: 5, kind: "u32pair" },
} as const;

/** The end of a dump and an acknowledgement, so that a request never waits for more. */
const END = fromHex("14000000 03000200 01000000 00000000 00000000 14000000 02000000 01000000 00000000 00000000");

type Read = (transport: ScriptedTransport) => unknown;

function ipvs(read: (client: IpvsClient) => unknown): Read {
  return (transport) => read(new IpvsClient(transport, { family: FAMILY }));
}

function routes(read: (client: RouteClient) => unknown): Read {
  return (transport) => read(new RouteClient(transport));
}

function generic(read: (connection: GenericConnection) => unknown): Read {
  return (transport) => read(new GenericConnection(transport, { family: FAMILY, version: 1 }));
}

const READS: Readonly<Record<string, Read>> = {
  "services": ipvs((client) => client.services()),
  "servers": ipvs((client) => client.servers(serviceId("tcp://192.0.2.10:80"))),
  "servers of ipv6": ipvs((client) => client.servers(serviceId("fwmark6:7"))),
  "list": ipvs((client) => client.list()),
  "service": ipvs((client) => client.getService(serviceId("tcp://192.0.2.10:80"))),
  "sync daemons": ipvs((client) => client.syncDaemons()),
  "timeouts": ipvs((client) => client.getTimeouts()),
  "info": ipvs((client) => client.getInfo()),
  "execute": ipvs((client) => client.execute([{ operation: "flush" }, { operation: "zero" }])),
  "links": routes((client) => client.links()),
  "addresses": routes((client) => client.addresses()),
  "route": routes((client) => client.route(parseIpAddress("10.0.0.11"))),
  "route of ipv6": routes((client) => client.route(parseIpAddress("2001:db8::1"))),
  "neighbours": routes((client) => client.neighbours()),
  "fou ports": (transport) => new FouClient(transport, { family: FAMILY }).ports(),
  "request": generic((connection) => connection.request(() => 1)),
  "dump": generic((connection) => connection.dump(() => 1, (reader) => decodeAttributes(reader.nested(), TABLE))),
  "batch": generic((connection) => connection.batch([1, 2], () => 1)),
};

const HARDWARE_ADDRESS = fromHex("020000000001");

const FRAMES: Readonly<Record<string, (frame: Uint8Array) => Uint8Array | undefined>> = {
  "arp": (frame) => arpConflict(frame, { address: parseIpAddress("192.0.2.10"), hardwareAddress: HARDWARE_ADDRESS }),
  "advertisement": (frame) =>
    advertisementConflict(frame, { address: parseIpAddress("2001:db8::1"), hardwareAddress: HARDWARE_ADDRESS }),
};

/** A header of a message of routing netlink with its attributes. */
const ROUTING: Readonly<Record<string, readonly string[]>> = {
  links: [
    `48000000 10000200 01000000 00000000  00 00 0100 02000000 43100100 00000000
      09000300 657468300000 0000  08000400 dc050000  0a000100 020000000001 0000  0500ff00 01000000`,
    `44000000 10000200 01000000 00000000  00 00 0003 03000000 c1000000 00000000
      0a000300 74756e6c3000 0000  08000400 c8050000  10001200 09000100 6970697000000000`,
  ],
  addresses: [
    `48000000 14000200 01000000 00000000  02 18 80 fd 02000000
      08000100 c000020a  08000200 c000020a  0d000300 657468303a77656200000000  08000800 80020000  05000b00 4c000000`,
    "2c000000 14000200 01000000 00000000  0a 40 48 fd 02000000  14000100 fe800000 00000000 00000000 00000001",
  ],
  route: [
    `34000000 18000000 01000000 00000000  02 20 00 00 fe 00 00 01 00000000
      08000100 0a00000b  08000400 03000000  08000700 0a000001`,
    `3c000000 18000000 01000000 00000000  02 20 00 00 fe 00 00 01 00000000
      08000100 0a00000b  08000400 03000000  08000500 0a0000fe  08000700 0a000001`,
  ],
  neighbours: [
    `30000000 1c000200 01000000 00000000  02 00 0000 02000000 0200 00 01
      08000100 0a000001  0a000200 020000000002 0000`,
  ],
  "fou ports": [
    `34000000 1c000200 01000000 00000000 03010000  05000200 02000000  06000100 17c00000
      05000300 04000000  05000400 02000000`,
  ],
  arp: ["ffffffffffff 020000000002 0806 0001 0800 06 04 0002 020000000002 c000020a 020000000001 c0000201"],
  advertisement: [
    `333300000001 020000000002 86dd 60000000 0020 3a ff 20010db8 00000000 00000000 00000001
      ff020000 00000000 00000000 00000001 88 00 0000 20000000 20010db8 00000000 00000000 00000001 02 01 020000000002`,
  ],
};

/** The decoders of netlink. */
export function netlink(): FuzzTarget {
  const ipvsReads = ["services", "servers", "servers of ipv6", "list", "service", "sync daemons", "info"];
  const ipvsSeeds = captured.messages.flatMap(({ datagram }, index) =>
    [...ipvsReads, "timeouts", "dump"].filter((_, each) => (each + index) % 3 === 0)
      .map((name) => withHeader(name, fromHex(datagram)))
  );
  const others = Object.entries(ROUTING).flatMap(([name, messages]) => [
    ...messages.map((message) => withHeader(name, fromHex(message))),
    withHeader(name, fromHex(messages.join(""))),
  ]);
  return {
    name: "netlink",
    seeds: [...ipvsSeeds, ...others],
    words: [
      "\x04\0\x01\x80",
      "\x08\0\x01\0",
      "\x06\0\x02\0",
      "\x14\0\x03\0",
      "\x10\0\0\0",
      "wrr\0",
      "\xff\xff",
      ...Object
        .keys(READS),
    ],
    maxBytes: 8192,
    run: (input) => {
      const { header, body } = splitHeader(input);
      const frame = Object.hasOwn(FRAMES, header) ? FRAMES[header] : undefined;
      if (frame !== undefined) {
        const conflict = frame(body);
        return require(conflict === undefined || conflict.length === 6, "a hardware address has 6 bytes");
      }
      const read = entryFor(READS, header);
      const transport = new ScriptedTransport((_, call) => call === 0 ? [body, END] : []);
      expectOnly([LvsctlError, KernelError, TransportError], () => read(transport));
    },
  };
}
