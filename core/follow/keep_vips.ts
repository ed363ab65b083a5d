import type { LvsctlError } from "../errors/mod.ts";
import {
  type DesiredState,
  formatServiceId,
  type PresentVip,
  sameVipPlace,
  type Vip,
  type VipChange,
} from "../model/mod.ts";
import { type Addresses, planVips } from "../reconcile/mod.ts";
import type { RememberedService } from "../effective/mod.ts";

/** The place of a VIP: its address and interface. */
export type VipPlace = Pick<Vip, "address" | "device">;

/** The VIPs that must be present or absent. A VIP in neither list stays as it is. */
export interface WantedVips {
  /** VIPs that must be present. */
  readonly present: readonly Vip[];
  /** VIPs that must be absent. */
  readonly absent: readonly VipPlace[];
}

/**
 * Decides which VIPs of a file must be present or absent: a VIP is removed while all services on its address with
 * `withdraw_vips` have lost their quorum, and added as soon as one of them has it. It stays as it is while that is
 * unknown.
 *
 * @param options.keepsAll Whether VIPs without a service with `withdraw_vips` must be present; otherwise they stay as
 * they are.
 */
export function wantedVips(
  { vips = [], services }: DesiredState,
  remembered: ReadonlyMap<string, RememberedService>,
  { keepsAll }: { readonly keepsAll: boolean },
): WantedVips {
  const present: Vip[] = [];
  const absent: VipPlace[] = [];
  for (const vip of vips) {
    const quorums = services
      .filter(({ service: { id }, withdrawVips }) =>
        withdrawVips === true && id.kind === "endpoint" && id.address === vip.address
      )
      .map(({ service }) => remembered.get(formatServiceId(service.id))?.quorum);
    if (quorums.length === 0 ? keepsAll : quorums.includes("met")) present.push(vip);
    else if (quorums.length > 0 && quorums.every((quorum) => quorum === "lost")) absent.push(vip);
  }
  return { present, absent };
}

/** The changes that lead from the present addresses to the wanted ones. Addresses added by other programs stay. */
function vipChanges(current: readonly PresentVip[], { present, absent }: WantedVips): VipChange[] {
  const withdrawn = current
    .filter((each) => each.owned && absent.some((vip) => sameVipPlace(vip, each)))
    .map(({ owned: _owned, state: _state, ...vip }): VipChange => ({ operation: "deleteVip", vip }));
  return [...planVips(current, present, { keepOthers: true }).first, ...withdrawn];
}

/**
 * Whether the interfaces have the wanted VIPs.
 *
 * @throws {LvsctlError} If the kernel cannot be read.
 */
export function haveVips(addresses: VipAddresses, wanted: WantedVips): boolean {
  return wanted.present.length + wanted.absent.length === 0 || vipChanges(addresses.vips(), wanted).length === 0;
}

/** The interfaces' addresses as the daemon needs them: a part of `VipClient`. */
export interface VipAddresses extends Addresses {
  /**
   * Checks that no other host has one of the VIPs, before they are added.
   *
   * @throws {LvsctlError} If another host has one.
   */
  assertFree(vips: readonly Vip[]): void;
  /** Announces VIPs to the neighbours. */
  announce(vips: readonly Vip[]): Promise<unknown>;
}

/** The result of {@linkcode keepVips}. */
export interface KeptVips {
  /** The changes that were made, in order. */
  readonly changes: readonly VipChange[];
  /** Why other changes were not made. */
  readonly errors: readonly unknown[];
}

/**
 * Adds and removes addresses as wanted, and begins to announce the added ones to the neighbours.
 *
 * @param addresses The interfaces' addresses.
 * @param wanted The VIPs that must be present or absent.
 * @param options.onFailure Called later with the error if the announcement fails.
 */
export function keepVips(
  addresses: VipAddresses,
  wanted: WantedVips,
  { onFailure }: { readonly onFailure: (error: unknown) => void },
): KeptVips {
  if (wanted.present.length + wanted.absent.length === 0) return { changes: [], errors: [] };
  const changes: VipChange[] = [];
  const errors: unknown[] = [];
  try {
    const planned = vipChanges(addresses.vips(), wanted);
    // Another director may have taken over in the meantime.
    const taken = takenVips(addresses, planned.flatMap((change) => change.operation === "addVip" ? [change.vip] : []));
    errors.push(...new Set(taken.values()));
    for (const change of planned) {
      if (taken.has(change.vip)) continue;
      const refusal: LvsctlError | undefined = addresses.execute([change]).get(0);
      if (refusal === undefined) changes.push(change);
      else errors.push(refusal);
    }
  } catch (error) {
    errors.push(error);
  }
  const added = changes.flatMap((change) => change.operation === "addVip" ? [change.vip] : []);
  if (added.length > 0) addresses.announce(added).catch(onFailure);
  return { changes, errors };
}

/**
 * The VIPs that other hosts have, with the errors that say so. A probe takes a part of a second for any number of VIPs, so
 * it includes all of them, and is repeated only for the half with a conflict.
 */
function takenVips(addresses: VipAddresses, vips: readonly Vip[]): ReadonlyMap<Vip, unknown> {
  try {
    addresses.assertFree(vips);
    return new Map();
  } catch (error) {
    const [vip] = vips;
    if (vip === undefined) throw error;
    if (vips.length === 1) return new Map([[vip, error]]);
    const middle = vips.length >> 1;
    return new Map([...takenVips(addresses, vips.slice(0, middle)), ...takenVips(addresses, vips.slice(middle))]);
  }
}
