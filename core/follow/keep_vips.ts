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

/** Where VIPs should be by the quorums of their services. A VIP that is in neither list is left as it is. */
export interface WantedVips {
  /** VIPs that should be there. */
  readonly present: readonly Vip[];
  /** VIPs that should not. */
  readonly absent: readonly Vip[];
}

/**
 * Which VIPs of a file should be there, and which not: a VIP goes while all services on its address that say
 * `withdraw_vips` have lost their quorum, and is there as soon as one of them has it. While that is not known, and where
 * no service says so, it is left as it is.
 */
export function wantedVips(
  { vips = [], services }: DesiredState,
  standings: ReadonlyMap<string, RememberedService>,
): WantedVips {
  const present: Vip[] = [];
  const absent: Vip[] = [];
  for (const vip of vips) {
    const quorums = services
      .filter(({ service: { id }, withdrawVips }) =>
        withdrawVips === true && id.kind === "endpoint" && id.address === vip.address
      )
      .map(({ service }) => standings.get(formatServiceId(service.id))?.quorum);
    if (quorums.includes("met")) present.push(vip);
    else if (quorums.length > 0 && quorums.every((quorum) => quorum === "lost")) absent.push(vip);
  }
  return { present, absent };
}

/** The changes that wanted come to. An address that somebody else added is left alone. */
export function vipChanges(current: readonly PresentVip[], { present, absent }: WantedVips): VipChange[] {
  const withdrawn = current
    .filter((found) => found.owned && absent.some((vip) => sameVipPlace(vip, found)))
    .map(({ owned: _owned, state: _state, ...vip }): VipChange => ({ operation: "deleteVip", vip }));
  return [...planVips(current, present, { keepOthers: true }).first, ...withdrawn];
}

/** The interfaces' addresses, as the daemon changes them; `VipClient` has all of it. */
export interface VipAddresses extends Addresses {
  /**
   * Asks whether another host has one of the VIPs, before they are added.
   *
   * @throws {LvsctlError} If one has.
   */
  assertFree(vips: readonly Vip[]): void;
  /** Tells the neighbours where VIPs are. */
  announce(vips: readonly Vip[]): Promise<unknown>;
}

/** What was made of wanted. */
export interface KeptVips {
  /** The changes that were made, in order. */
  readonly changes: readonly VipChange[];
  /** Why others were not. */
  readonly errors: readonly unknown[];
}

/**
 * Brings the addresses to where wanted want them, and begins to tell the neighbours of those that come.
 *
 * @param keeper The addresses.
 * @param wanted Where VIPs should be.
 * @param options.onFailure Is told later why the neighbours could not be told.
 */
export function keepVips(
  keeper: VipAddresses,
  wanted: WantedVips,
  { onFailure }: { readonly onFailure: (error: unknown) => void },
): KeptVips {
  if (wanted.present.length + wanted.absent.length === 0) return { changes: [], errors: [] };
  const changes: VipChange[] = [];
  const errors: unknown[] = [];
  try {
    for (const change of vipChanges(keeper.vips(), wanted)) {
      try {
        // Another director may have taken over meanwhile.
        if (change.operation === "addVip") keeper.assertFree([change.vip]);
        const refusal: LvsctlError | undefined = keeper.execute([change]).get(0);
        if (refusal === undefined) changes.push(change);
        else errors.push(refusal);
      } catch (error) {
        errors.push(error);
      }
    }
  } catch (error) {
    errors.push(error);
  }
  const added = changes.flatMap((change) => change.operation === "addVip" ? [change.vip] : []);
  if (added.length > 0) keeper.announce(added).catch(onFailure);
  return { changes, errors };
}
