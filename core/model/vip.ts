import { EXIT, LvsctlError } from "../errors/mod.ts";
import {
  addressBytes,
  type AddressFamily,
  addressFamily,
  compareAddresses,
  type IpAddress,
  parseIpAddress,
} from "./address.ts";
import type { Objection } from "./objections.ts";

/** Scopes of IPv4 addresses. */
export const VIP_SCOPES = ["global", "site", "link", "host"] as const;

/** One of {@linkcode VIP_SCOPES}. */
export type VipScope = (typeof VIP_SCOPES)[number];

/** A virtual IP address: the address that clients connect to, on an interface of the active director. */
export interface Vip {
  /** The address. */
  readonly address: IpAddress;
  /** Bits of the network prefix: all bits of the address, unless its neighbours are on-link. */
  readonly prefixLength: number;
  /** Name of the interface. */
  readonly device: string;
  /** Label of the address for old programs, IPv4 only; it starts with the interface's name. */
  readonly label?: string;
  /** Scope; "global" for every IPv6 address, whose scope is part of the address. */
  readonly scope: VipScope;
  /** IPv6: whether the kernel looks for duplicates; the address cannot be used until it has finished. */
  readonly dad: boolean;
  /** Whether the kernel adds a route to the prefix. */
  readonly prefixRoute: boolean;
}

/** Whether an address can be used: `tentative` while the kernel looks for duplicates, `duplicate` if it found one. */
export type VipState = "up" | "down" | "tentative" | "duplicate";

/** An address of an interface. */
export interface PresentVip extends Vip {
  /** Whether lvsctl added it. */
  readonly owned: boolean;
  /** Whether it can be used. */
  readonly state: VipState;
}

/** One change of an interface's addresses. An edit removes the address for the duration of one message. */
export type VipChange =
  | { readonly operation: "addVip" | "deleteVip"; readonly vip: Vip }
  | { readonly operation: "editVip"; readonly from: Vip; readonly vip: Vip };

const VERBS = { addVip: "add VIP", editVip: "edit VIP", deleteVip: "delete VIP" } as const;

/** Operation and object of a change. */
export function describeVipChange(
  { operation, vip }: VipChange,
): { readonly verb: string; readonly object: string } {
  return { verb: VERBS[operation], object: formatVip(vip) };
}

/** Number of bits of an address. */
export function addressBits(family: AddressFamily): number {
  return family === "ipv4" ? 32 : 128;
}

/** Writes an address with its prefix length: "192.0.2.10/32". */
export function formatPrefix({ address, prefixLength }: Pick<Vip, "address" | "prefixLength">): string {
  return `${address}/${prefixLength}`;
}

/** Writes where a VIP is: "192.0.2.10/32 on eth0". */
export function formatVip(vip: Pick<Vip, "address" | "prefixLength" | "device">): string {
  return `${formatPrefix(vip)} on ${vip.device}`;
}

/**
 * Reads `ADDRESS` or `ADDRESS/PREFIX`; the default prefix is the whole address.
 *
 * @throws {LvsctlError} If the text has another form.
 */
export function parsePrefix(text: string): Pick<Vip, "address" | "prefixLength"> {
  const [host = "", length, ...more] = text.split("/");
  const address = parseIpAddress(host);
  const bits = addressBits(addressFamily(address));
  const prefixLength = length === undefined ? bits : Number(length);
  if (more.length === 0 && (length === undefined || /^\d{1,3}$/.test(length)) && prefixLength <= bits) {
    return { address, prefixLength };
  }
  throw new LvsctlError(`"${text}" has no valid prefix length`, {
    hint: `write ${address}/${bits}, or a shorter prefix`,
    exitCode: EXIT.usage,
  });
}

/** Longest label that the kernel stores (IFNAMSIZ, less the NUL). */
const MAX_LABEL_BYTES = 15;

/** The errors in a VIP that are evident without a kernel. */
export function vipObjections(vip: Vip): Objection[] {
  const objections: Objection[] = [];
  const bytes = addressBytes(vip.address);
  const [first = 0] = bytes;
  const isIpv4 = bytes.length === 4;
  const isGroup = isIpv4 ? (first >= 224 && first < 240) || bytes.every((byte) => byte === 255) : first === 255;
  if (isGroup || bytes.every((byte) => byte === 0)) {
    const reason = `${vip.address} is not an address that a host can have`;
    objections.push({ key: "address", reason, hint: "give a unicast address" });
  }
  if (vip.prefixLength === 0) {
    const reason = "a prefix length of 0 would make every host a neighbour";
    objections.push({ key: "address", reason, hint: `write ${vip.address}/${isIpv4 ? 32 : 128}` });
  }
  if (isIpv4 && vip.dad) {
    const reason = "the kernel looks for duplicates of IPv6 addresses only";
    objections.push({ key: "dad", reason, hint: "leave out dad" });
  }
  if (!isIpv4 && vip.label !== undefined) {
    objections.push({ key: "label", reason: "only IPv4 addresses have labels", hint: "leave out the label" });
  } else if (vip.label !== undefined && !isLabel(vip.label, vip.device)) {
    const reason = `"${vip.label}" is not a label for ${vip.device}`;
    objections.push({ key: "label", reason, hint: `write ${vip.device}:NAME, at most 15 bytes in total` });
  }
  if (!isIpv4 && vip.scope !== "global") {
    const reason = "the scope of an IPv6 address is part of the address";
    objections.push({ key: "scope", reason, hint: "leave out the scope" });
  }
  return objections;
}

function isLabel(label: string, device: string): boolean {
  return label.startsWith(`${device}:`) && !label.includes("\0") &&
    new TextEncoder().encode(label).length <= MAX_LABEL_BYTES;
}

/** Whether two are the same address on the same interface. */
export function sameVipPlace(a: Pick<Vip, "address" | "device">, b: Pick<Vip, "address" | "device">): boolean {
  return a.address === b.address && a.device === b.device;
}

/** Whether two VIPs are equal in the kernel, which does not report whether it looked for duplicates (`dad`). */
export function sameVip(a: Vip, b: Vip): boolean {
  return sameVipPlace(a, b) && a.prefixLength === b.prefixLength && a.label === b.label && a.scope === b.scope &&
    a.prefixRoute === b.prefixRoute;
}

/** Orders VIPs by address, then by interface. */
export function compareVips(a: Pick<Vip, "address" | "device">, b: Pick<Vip, "address" | "device">): number {
  return compareAddresses(a.address, b.address) || (a.device < b.device ? -1 : a.device > b.device ? 1 : 0);
}
