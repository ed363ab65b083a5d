import {
  addressBits,
  type AddressFamily,
  addressFamily,
  type IpAddress,
  type Vip,
  vipObjections,
  type VrrpInstance,
} from "../../model/mod.ts";
import type { SectionOf } from "../schema/types.ts";
import type { VRRP_INSTANCE } from "../schema/vrrp_schema.ts";
import type { SourceReport } from "../source/source_report.ts";

/** The values of `vrrp:` for one instance, as they were read. */
export type InstanceSection = SectionOf<typeof VRRP_INSTANCE>;

/**
 * The most addresses in an advertisement: their number has a byte, and a packet of IPv6 must fit the 1500 bytes of a link
 * (40 of its header, 8 of the message's, 16 for each address), because nothing divides it.
 */
const MOST_VIPS: Readonly<Record<AddressFamily, number>> = { ipv4: 255, ipv6: 90 };

/** The priority of the owner of the addresses. */
const OWNER = 255;

/** Families in words. */
const FAMILY_NAMES: Readonly<Record<AddressFamily, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

/** What the addresses of an instance depend on. */
export interface AddressOptions {
  /** Its interface. */
  readonly device: string;
  /** The version of its messages. */
  readonly version: VrrpInstance["version"];
  /** Receives problems. */
  readonly report: SourceReport;
}

/** Reads the addresses of an instance, and reports those that an advertisement cannot have. */
export function readVips({ values }: InstanceSection, { device, version, report }: AddressOptions): readonly Vip[] {
  const counts: Record<AddressFamily, number> = { ipv4: 0, ipv6: 0 };
  const total = (family: AddressFamily): number =>
    (values.vips ?? []).filter(({ value: { address } }) => addressFamily(address) === family).length;
  return (values.vips ?? []).map(({ value, node }): Vip => {
    const family = addressFamily(value.address);
    counts[family]++;
    if (family === "ipv6" && version === 2) {
      report.addProblem(node.offset, `version 2 has no IPv6 addresses: got ${value.address}; set version: 3`);
    } else if (family === "ipv6" && counts.ipv6 === 1 && !/^fe[89ab]/.test(value.address)) {
      const advice = "put one such as fe80::51 before it";
      report.addProblem(node.offset, `the first IPv6 address must be link-local: got ${value.address}; ${advice}`);
    }
    if (counts[family] === MOST_VIPS[family] + 1) {
      const limit = `an advertisement has room for ${MOST_VIPS[family]} ${FAMILY_NAMES[family]} addresses`;
      report.addProblem(node.offset, `${limit}: got ${total(family)}; use another instance for the rest`);
    }
    const vip = vipOf(value, device);
    for (const { reason, hint } of vipObjections(vip)) report.addProblem(node.offset, `${reason}; ${hint}`);
    return vip;
  });
}

/** Reads the addresses of an instance that are not in its advertisements. */
export function readExcludedVips(
  { values }: InstanceSection,
  { device, report }: Omit<AddressOptions, "version">,
): readonly Vip[] {
  return (values.vips_excluded ?? []).map(({ value, node }): Vip => {
    const vip = vipOf(value, device);
    for (const { reason, hint } of vipObjections(vip)) report.addProblem(node.offset, `${reason}; ${hint}`);
    return vip;
  });
}

/** Reports impossible peers and sources of an instance. */
export function checkCarriers(
  { values }: InstanceSection,
  { vips, report }: { readonly vips: readonly Vip[]; readonly report: SourceReport },
): void {
  const families = new Set(vips.map(({ address }) => addressFamily(address)));
  const { peers = [], source: sources = [] } = values;
  const own = new Set(sources.map(({ value }) => value));
  const virtual = new Set(vips.map(({ address }) => address));
  for (const { value, node } of [...peers, ...sources]) {
    if (!families.has(addressFamily(value))) {
      report.addProblem(node.offset, `the instance has no address of the family of ${value}`);
    }
    const objection = hostObjection(value);
    if (objection !== undefined) report.addProblem(node.offset, objection);
    // An owner has its VIPs at all times, and sends from them.
    else if (virtual.has(value) && !(own.has(value) && values.priority === OWNER)) {
      report.addProblem(node.offset, `${value} is one of the vips; name a director's own address`);
    }
  }
  for (const { value, node } of peers) {
    if (own.has(value)) {
      report.addProblem(node.offset, `${value} is the source of the instance; name the other directors`);
    }
  }
  const seen = new Set<AddressFamily>();
  for (const { value, node } of sources) {
    const family = addressFamily(value);
    if (seen.has(family)) {
      report.addProblem(node.offset, `source has one ${FAMILY_NAMES[family]} address; leave ${value} out`);
    }
    seen.add(family);
  }
  checkFamilies({ values }, families, report);
}

/** Each family has peers if one has: an advertisement to the group does not reach a cloud's other directors. */
function checkFamilies(
  { values: { peers = [] } }: Pick<InstanceSection, "values">,
  families: ReadonlySet<AddressFamily>,
  report: SourceReport,
): void {
  const first = peers[0];
  if (first === undefined) return;
  for (const family of families) {
    if (peers.some(({ value }) => addressFamily(value) === family)) continue;
    const name = FAMILY_NAMES[family];
    report.addProblem(first.node.offset, `peers has no ${name} address, and vips has; add one, or use two instances`);
  }
}

/** Why no director can have an address; undefined without a reason. */
function hostObjection(address: IpAddress): string | undefined {
  const [objection] = vipObjections(vipOf({ address, prefixLength: addressBits(addressFamily(address)) }, ""));
  return objection === undefined ? undefined : `${objection.reason}; ${objection.hint}`;
}

function vipOf(prefix: Pick<Vip, "address" | "prefixLength">, device: string): Vip {
  return { ...prefix, device, scope: "global", dad: false, prefixRoute: true };
}
