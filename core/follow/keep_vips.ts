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

/** The VIPs that the quorums of their services decide about. A VIP in neither list stays as it is. */
export interface WantedVips {
  /** VIPs that must be present. */
  readonly present: readonly Vip[];
  /** VIPs that must be absent. */
  readonly absent: readonly Vip[];
}

/**
 * Decides which VIPs of a file must be present or absent: a VIP is removed while all services on its address with
 * `withdraw_vips` have lost their quorum, and added as soon as one of them has it. It stays as it is while that is
 * unknown, and if no service on its address has `withdraw_vips`.
 */
export function wantedVips(
  { vips = [], services }: DesiredState,
  remembered: ReadonlyMap<string, RememberedService>,
): WantedVips {
  const present: Vip[] = [];
  const absent: Vip[] = [];
  for (const vip of vips) {
    const quorums = services
      .filter(({ service: { id }, withdrawVips }) =>
        withdrawVips === true && id.kind === "endpoint" && id.address === vip.address
      )
      .map(({ service }) => remembered.get(formatServiceId(service.id))?.quorum);
    if (quorums.includes("met")) present.push(vip);
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
    for (const change of vipChanges(addresses.vips(), wanted)) {
      try {
        // Another director may have taken over in the meantime.
        if (change.operation === "addVip") addresses.assertFree([change.vip]);
        const refusal: LvsctlError | undefined = addresses.execute([change]).get(0);
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
  if (added.length > 0) addresses.announce(added).catch(onFailure);
  return { changes, errors };
}
