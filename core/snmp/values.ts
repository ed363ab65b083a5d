import { addressBytes, addressFamily, type IpAddress, type Traffic, visible } from "../model/mod.ts";
import { branchOf, type SnmpBranch, type SnmpNode, type SnmpValue } from "./tree.ts";

/** The largest value of a Gauge32 and an Unsigned32. */
const MOST_GAUGE = 2n ** 32n - 1n;

/** An INTEGER. */
export function integer(value: number): SnmpValue {
  return { type: "integer", text: String(value) };
}

/** TruthValue of SNMPv2-TC. */
export function truth(value: boolean): SnmpValue {
  return integer(value ? 1 : 2);
}

/** A Gauge32 or an Unsigned32, which ends at its largest value. */
export function gauge(value: number | bigint): SnmpValue {
  return { type: "gauge", text: String(value > MOST_GAUGE ? MOST_GAUGE : value) };
}

/** A Counter32, which begins again at 0. */
export function counter(value: bigint): SnmpValue {
  return { type: "counter", text: String(BigInt.asUintN(32, value)) };
}

/** A Counter64. */
export function counter64(value: bigint): SnmpValue {
  return { type: "counter64", text: String(BigInt.asUintN(64, value)) };
}

/** Text of one line. */
export function text(value: string): SnmpValue {
  return { type: "string", text: visible(value) };
}

/** A duration in hundredths of a second. */
export function hundredths(seconds: number): SnmpValue {
  return integer(Math.min(seconds * 100, 2 ** 31 - 1));
}

/** IpAddress of SNMPv2-SMI, which is of IPv4; undefined for IPv6. */
export function ipv4Address(value: IpAddress): SnmpValue | undefined {
  return addressFamily(value) === "ipv4" ? { type: "ipaddress", text: value } : undefined;
}

/** Bytes, as snmpd reads them. */
export function octets(bytes: Uint8Array): SnmpValue {
  return { type: "octet", text: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ") };
}

/** InetAddress of INET-ADDRESS-MIB: the bytes of an address. */
export function inetAddress(value: IpAddress): SnmpValue {
  return octets(addressBytes(value));
}

/** InetAddressType of INET-ADDRESS-MIB. */
export function inetAddressType(value: IpAddress): SnmpValue {
  return integer(addressFamily(value) === "ipv4" ? 1 : 2);
}

/** The counters of a service or a server, and its rates per second. */
export interface Statistics {
  /** The counters. */
  readonly counters: Traffic;
  /** The rates. */
  readonly rates: Traffic;
}

/** A column of a table: its number in the MIB, its name there, and its value in a row, if the row has one. */
export type Column<Row> = readonly [number: number, name: string, value: (row: Row) => SnmpValue | undefined];

/** A table: its one entry has the columns. */
export function tableOf<Row>(
  columns: readonly Column<Row>[],
  rows: (value: (row: Row) => SnmpValue | undefined) => SnmpNode,
): SnmpBranch {
  return branchOf(new Map([[1, branchOf(new Map(columns.map(([number, , value]) => [number, rows(value)])))]]));
}
