import {
  addressFamily,
  describeVipChange,
  formatPrefix,
  formatServiceId,
  type IpAddress,
  type PresentVip,
  type ServiceId,
  type Vip,
  type VipChange,
} from "../../core/model/mod.ts";
import { vipDifferences } from "../../core/reconcile/mod.ts";
import { layOut, type TitledColumn, titledTable } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import { differenceJson, type Json } from "./json.ts";

/** A VIP in a list, or a service's address that no interface has. */
export interface ListedVip {
  /** The address. */
  readonly address: IpAddress;
  /** The VIP on its interface; undefined if no interface has the address. */
  readonly present?: PresentVip | undefined;
  /** The virtual services that use it. */
  readonly services: readonly ServiceId[];
}

/** The columns of {@linkcode formatVips}. */
const COLUMNS: readonly TitledColumn[] = [
  { title: "ADDRESS", cut: "middle", least: "255.255.255.255/32".length },
  { title: "DEVICE" },
  { title: "STATE" },
  { title: "OWNER" },
  { title: "SERVICES", cut: "end" },
];

/**
 * VIPs as a table.
 *
 * @param options.width The largest width of a line; undefined for any.
 */
export function formatVips(
  vips: readonly ListedVip[],
  { width }: { readonly width?: number | undefined } = {},
): readonly Line[] {
  if (vips.length === 0) return ["No VIPs and no addresses of services"];
  const rows = vips.map(({ address, present, services }) => [
    present === undefined ? address : formatPrefix(present),
    present?.device ?? "-",
    present?.state ?? "missing",
    ownerOf(present) ?? "-",
    services.length === 0 ? "-" : services.map(formatServiceId).join(" "),
  ]);
  return layOut(titledTable(COLUMNS, rows), { width });
}

/** A VIP as JSON; a service's address that no interface has has no settings. */
export function listedVipJson({ address, present, services }: ListedVip): { readonly [key: string]: Json } {
  return {
    ...(present === undefined ? missingVipJson(address) : vipJson(present)),
    state: present?.state ?? "missing",
    owner: ownerOf(present) ?? null,
    services: services.map(formatServiceId),
  };
}

function ownerOf(present: PresentVip | undefined): string | undefined {
  return present === undefined ? undefined : present.owned ? "lvsctl" : "other";
}

function missingVipJson(address: IpAddress): { readonly [key: string]: Json } {
  return {
    vip: address,
    address,
    prefix_length: null,
    family: addressFamily(address),
    device: null,
    label: null,
    scope: null,
    dad: null,
    prefix_route: null,
  };
}

function vipJson(vip: Vip): { readonly [key: string]: Json } {
  return {
    vip: formatPrefix(vip),
    address: vip.address,
    prefix_length: vip.prefixLength,
    family: addressFamily(vip.address),
    device: vip.device,
    label: vip.label ?? null,
    scope: vip.scope,
    dad: vip.dad,
    prefix_route: vip.prefixRoute,
  };
}

const SIGNS = { addVip: "+", editVip: "~", deleteVip: "-" } as const;

/** A change of VIPs, to be printed. */
export function printedVipChange(change: VipChange): { readonly line: string; readonly json: Json } {
  return { line: formatVipChange(change), json: vipChangeJson(change) };
}

/** A change as one line of a plan: "+" adds, "~" edits, "-" deletes. */
function formatVipChange(change: VipChange): string {
  const { verb, object } = describeVipChange(change);
  const { label, scope, dad, prefixRoute } = change.vip;
  const details = change.operation === "deleteVip" ? [] : [
    ...(label === undefined ? [] : [`label ${label}`]),
    ...(scope === "global" ? [] : [`scope ${scope}`]),
    ...(dad ? ["dad"] : []),
    ...(prefixRoute ? [] : ["no prefix route"]),
  ];
  return `${SIGNS[change.operation]} ${verb} ${object}${details.length === 0 ? "" : `: ${details.join(", ")}`}`;
}

/** A change with the settings that it makes. */
function vipChangeJson(change: VipChange): Json {
  const { operation, vip } = change;
  const { verb, object } = describeVipChange(change);
  return {
    operation,
    description: `${verb} ${object}`,
    object,
    vip: formatPrefix(vip),
    device: vip.device,
    sets: operation === "deleteVip" ? null : vipJson(vip),
    differences: vipDifferences(change).map(differenceJson),
  };
}
