import { addressBytes, addressFamily, addressFromBytes, defined, type IpAddress } from "../model/mod.ts";
import { decodeAttributes, type Message, type MessageWriter } from "../netlink/mod.ts";
import { AF, NUD, RT_SCOPE, RTN } from "./constants.ts";
import { formatHardwareAddress } from "./frame.ts";
import { attributesAfter } from "./route_connection.ts";
import { NEIGHBOUR, ROUTE } from "./tables.ts";

/** Kind of a route; `none` for broadcast, multicast and unknown types. */
export type RouteKind = "unicast" | "local" | "blackhole" | "unreachable" | "prohibit" | "none";

/** The route of packets to an address. */
export interface Route {
  /** Kind of the route. */
  readonly kind: RouteKind;
  /** Number of the outgoing interface; undefined without one. */
  readonly index?: number;
  /** Next router; undefined if the address is on the link itself. */
  readonly gateway?: IpAddress;
  /** Source address of the packets. */
  readonly source?: IpAddress;
}

/** State of a neighbour's hardware address: `failed` if the neighbour did not answer. */
export type NeighbourState = "known" | "incomplete" | "failed";

/** A host on a link, in the kernel's neighbour table. */
export interface LinkNeighbour {
  /** Address. */
  readonly address: IpAddress;
  /** Number of the interface. */
  readonly index: number;
  /** State of its hardware address. */
  readonly state: NeighbourState;
  /** Its hardware address as text; undefined if it is unknown. */
  readonly hardwareAddress?: string;
}

/** Bytes of struct rtmsg and struct ndmsg (linux/rtnetlink.h, linux/neighbour.h). */
const ROUTE_LENGTH = 12;
const NEIGHBOUR_LENGTH = 12;

/** Bytes of an Ethernet address. */
const HARDWARE_ADDRESS_LENGTH = 6;

/** Writes a request for the route to an address. */
export function encodeRouteRequest(writer: MessageWriter, address: IpAddress): void {
  const bytes = addressBytes(address);
  const header = new Uint8Array(ROUTE_LENGTH);
  header.set([AF[addressFamily(address)], bytes.length * 8]);
  writer.append(header);
  writer.attributes(ROUTE, { destination: bytes });
}

/** Fields of a route that a command adds: the main table, "static", on the link (linux/rtnetlink.h). */
const ADDED_ROUTE = { table: 254, protocol: 4, scope: RT_SCOPE.link, type: RTN.unicast } as const;

/** Writes a request to add the default route of IPv4 by an interface. */
export function encodeDefaultRoute(writer: MessageWriter, index: number): void {
  const { table, protocol, scope, type } = ADDED_ROUTE;
  const header = new Uint8Array(ROUTE_LENGTH);
  header.set([AF.ipv4, 0, 0, 0, table, protocol, scope, type]);
  writer.append(header);
  writer.attributes(ROUTE, { outputInterface: index });
}

/** Writes a request for the neighbours of both families. */
export function encodeNeighbourRequest(writer: MessageWriter): void {
  writer.append(new Uint8Array(NEIGHBOUR_LENGTH));
}

const KINDS: ReadonlyMap<number, RouteKind> = new Map([
  [RTN.unicast, "unicast"],
  [RTN.local, "local"],
  [RTN.blackhole, "blackhole"],
  [RTN.unreachable, "unreachable"],
  [RTN.prohibit, "prohibit"],
]);

/**
 * Reads a route.
 *
 * @throws {NetlinkDecodeError} If the message is cut off or a value has the wrong length.
 */
export function readRoute(message: Message): Route {
  const values = decodeAttributes(attributesAfter(message, ROUTE_LENGTH), ROUTE);
  const kind = KINDS.get(message.memory.view.getUint8(message.start + 7)) ?? "none";
  const gateway = readIp(values.gateway ?? values.via?.subarray(2));
  const source = readIp(values.preferredSource);
  return defined({ kind, index: values.outputInterface, gateway, source });
}

/**
 * Reads a neighbour; `undefined` if its family is neither IPv4 nor IPv6.
 *
 * @throws {NetlinkDecodeError} If the message is cut off or a value has the wrong length.
 */
export function readNeighbour(message: Message): LinkNeighbour | undefined {
  const { destination, hardwareAddress } = decodeAttributes(attributesAfter(message, NEIGHBOUR_LENGTH), NEIGHBOUR);
  const { memory: { view }, start } = message;
  const family = view.getUint8(start);
  const address = family === AF.ipv4 || family === AF.ipv6 ? readIp(destination) : undefined;
  if (address === undefined) return undefined;
  const state = view.getUint16(start + 8, true);
  return defined(
    {
      address,
      index: view.getInt32(start + 4, true),
      state: (state & NUD.FAILED) !== 0 ? "failed" : (state & NUD.INCOMPLETE) !== 0 ? "incomplete" : "known",
      hardwareAddress: hardwareAddress?.length === HARDWARE_ADDRESS_LENGTH
        ? formatHardwareAddress(hardwareAddress)
        : undefined,
    } as const,
  );
}

function readIp(bytes: Uint8Array | undefined): IpAddress | undefined {
  return bytes?.length === 4 || bytes?.length === 16 ? addressFromBytes(bytes) : undefined;
}
