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

/** How far an IPv4 address is meant to be valid. */
export const VIP_SCOPES = ["global", "site", "link", "host"] as const;

/** One of {@linkcode VIP_SCOPES}. */
export type VipScope = (typeof VIP_SCOPES)[number];

/** A virtual IP address: one that clients know, on an interface of the director that has it at the moment. */
export interface Vip {
  /** The address. */
  readonly address: IpAddress;
  /** Bits of the address that name the network: all of them, unless hosts around it are to be on-link. */
  readonly prefixLength: number;
  /** Name of the interface. */
  readonly device: string;
  /** Name of the address for old programs, IPv4 only: starts with the interface's. */
  readonly label?: string;
  /** How far it is valid; IPv6 addresses carry their scope in themselves and are "global" here. */
  readonly scope: VipScope;
  /** IPv6: whether the kernel looks for duplicates; until it has, the address cannot be used. */
  readonly dad: boolean;
  /** Whether the kernel adds a route to the network of the prefix. */
  readonly prefixRoute: boolean;
}

/** Whether an address can be used: `tentative` while the kernel looks for duplicates, `duplicate` if it found one. */
export type VipState = "up" | "down" | "tentative" | "duplicate";

/** An address that an interface has. */
export interface PresentVip extends Vip {
  /** Whether lvsctl added it. */
  readonly owned: boolean;
  /** Whether it can be used. */
  readonly state: VipState;
}

/** One change of an interface's addresses. An edit takes the address away for as long as one message takes. */
export type VipChange =
  | { readonly operation: "addVip" | "deleteVip"; readonly vip: Vip }
  | { readonly operation: "editVip"; readonly from: Vip; readonly vip: Vip };

const VERBS = { addVip: "add VIP", editVip: "edit VIP", deleteVip: "delete VIP" } as const;

/** What a change does, and to what. */
export function describeVipChange(
  { operation, vip }: VipChange,
): { readonly verb: string; readonly object: string } {
  return { verb: VERBS[operation], object: formatVip(vip) };
}

/** Bits of an address. */
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
 * Reads `ADDRESS` or `ADDRESS/PREFIX`; without a prefix length, it is the whole address.
 *
 * @throws {LvsctlError} If it is neither.
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

/** Longest label that the kernel keeps (IFNAMSIZ, less the NUL). */
const MAX_LABEL_BYTES = 15;

/** What speaks against a VIP, as far as that shows without a kernel. */
export function vipObjections(vip: Vip): Objection[] {
  const objections: Objection[] = [];
  const bytes = addressBytes(vip.address);
  const [first = 0] = bytes;
  const isIpv4 = bytes.length === 4;
  if (bytes.every((byte) => byte === 0) || (isIpv4 ? first >= 224 : first === 255)) {
    const reason = `${vip.address} is no address that a host can have`;
    objections.push({ key: "address", reason, hint: "give a unicast address" });
  }
  if (vip.prefixLength === 0) {
    const reason = "a prefix length of 0 would make every host a neighbour";
    objections.push({ key: "address", reason, hint: `write ${vip.address}/${isIpv4 ? 32 : 128}` });
  }
  if (isIpv4 && vip.dad) {
    const reason = "only for IPv6 addresses does the kernel look for duplicates";
    objections.push({ key: "dad", reason, hint: "leave out dad" });
  }
  if (!isIpv4 && vip.label !== undefined) {
    objections.push({ key: "label", reason: "only IPv4 addresses have labels", hint: "leave out the label" });
  } else if (vip.label !== undefined && !isLabel(vip.label, vip.device)) {
    const reason = `"${vip.label}" is not a label for ${vip.device}`;
    objections.push({ key: "label", reason, hint: `write ${vip.device}:NAME, at the most 15 bytes in all` });
  }
  if (!isIpv4 && vip.scope !== "global") {
    const reason = "an IPv6 address has its scope in itself";
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

/** Whether nothing would have to be changed to make one of the other. How it was checked when added does not show. */
export function sameVip(a: Vip, b: Vip): boolean {
  return sameVipPlace(a, b) && a.prefixLength === b.prefixLength && a.label === b.label && a.scope === b.scope &&
    a.prefixRoute === b.prefixRoute;
}

/** Orders VIPs by address, then by interface. */
export function compareVips(a: Pick<Vip, "address" | "device">, b: Pick<Vip, "address" | "device">): number {
  return compareAddresses(a.address, b.address) || (a.device < b.device ? -1 : a.device > b.device ? 1 : 0);
}
