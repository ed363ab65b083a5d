import { addressBytes, addressFamily, addressFromBytes, type IpAddress } from "../model/mod.ts";
import { decodeAttributes, type Message, type MessageWriter } from "../netlink/mod.ts";
import { AF, NUD, RTN } from "./constants.ts";
import { attributesBehind } from "./route_connection.ts";
import { NEIGHBOUR, ROUTE } from "./tables.ts";

/** What becomes of packets to an address: `none` is for those of a type that no single host gets, or a new one. */
export type RouteKind = "unicast" | "local" | "blackhole" | "unreachable" | "prohibit" | "none";

/** The way of packets to an address. */
export interface Route {
  /** What becomes of them. */
  readonly kind: RouteKind;
  /** Number of the interface that they leave by; undefined where they do not. */
  readonly index?: number;
  /** The router that they go to; undefined where the address is on the link itself. */
  readonly gateway?: IpAddress;
  /** The address of ours that they would have. */
  readonly source?: IpAddress;
}

/** What an interface knows of the hardware address of a neighbour: `failed` if it asked and nobody answered. */
export type NeighbourState = "known" | "incomplete" | "failed";

/** A host on a link, as the kernel has it in its neighbour table. */
export interface LinkNeighbour {
  /** Its address. */
  readonly address: IpAddress;
  /** Number of the interface. */
  readonly index: number;
  /** Whether its hardware address is known. */
  readonly state: NeighbourState;
}

/** Bytes of struct rtmsg and struct ndmsg (linux/rtnetlink.h, linux/neighbour.h). */
const ROUTE_LENGTH = 12;
const NEIGHBOUR_LENGTH = 12;

/** Writes the question how packets go to an address. */
export function encodeRouteRequest(writer: MessageWriter, address: IpAddress): void {
  const bytes = addressBytes(address);
  const header = new Uint8Array(ROUTE_LENGTH);
  header.set([AF[addressFamily(address)], bytes.length * 8]);
  writer.append(header);
  writer.attributes(ROUTE, { destination: bytes });
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
  const values = decodeAttributes(attributesBehind(message, ROUTE_LENGTH), ROUTE);
  const kind = KINDS.get(message.memory.view.getUint8(message.start + 7)) ?? "none";
  const gateway = readIp(values.gateway ?? values.via?.subarray(2));
  const source = readIp(values.preferredSource);
  return {
    kind,
    ...(values.outputInterface === undefined ? {} : { index: values.outputInterface }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(source === undefined ? {} : { source }),
  };
}

/**
 * Reads a neighbour; `undefined` if it is none of IPv4 or IPv6.
 *
 * @throws {NetlinkDecodeError} If the message is cut off or a value has the wrong length.
 */
export function readNeighbour(message: Message): LinkNeighbour | undefined {
  const { destination } = decodeAttributes(attributesBehind(message, NEIGHBOUR_LENGTH), NEIGHBOUR);
  const { memory: { view }, start } = message;
  const family = view.getUint8(start);
  const address = family === AF.ipv4 || family === AF.ipv6 ? readIp(destination) : undefined;
  if (address === undefined) return undefined;
  const state = view.getUint16(start + 8, true);
  return {
    address,
    index: view.getInt32(start + 4, true),
    state: (state & NUD.FAILED) !== 0 ? "failed" : (state & NUD.INCOMPLETE) !== 0 ? "incomplete" : "known",
  };
}

function readIp(bytes: Uint8Array | undefined): IpAddress | undefined {
  return bytes?.length === 4 || bytes?.length === 16 ? addressFromBytes(bytes) : undefined;
}
