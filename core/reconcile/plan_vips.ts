import { type PresentVip, sameVip, sameVipPlace, type Vip, type VipChange } from "../model/mod.ts";

/** Changes of addresses, before and after those of the table. */
export interface VipPlan {
  /** Additions and edits, before the services change. */
  readonly first: readonly VipChange[];
  /** Deletions, after the services have changed. */
  readonly last: readonly VipChange[];
}

/**
 * The fewest changes after which the interfaces have the wanted VIPs and, unless others are kept, no other one that
 * lvsctl added.
 *
 * An address that another program added is never changed: if it is wanted on its interface, it is present.
 *
 * @param current The present addresses; undefined if they were not read.
 * @param wanted The wanted VIPs; undefined for no change.
 * @param options.keepOthers Whether unwanted VIPs that lvsctl added stay.
 */
export function planVips(
  current: readonly PresentVip[] | undefined,
  wanted: readonly Vip[] | undefined,
  options: { readonly keepOthers?: boolean } = {},
): VipPlan {
  if (current === undefined || wanted === undefined) return { first: [], last: [] };
  const first = wanted.flatMap((vip): VipChange[] => {
    const found = current.find((present) => sameVipPlace(present, vip));
    if (found === undefined) return [{ operation: "addVip", vip }];
    return !found.owned || sameVip(found, vip) ? [] : [{ operation: "editVip", from: bare(found), vip }];
  });
  if (options.keepOthers === true) return { first, last: [] };
  const last = current
    .filter((present) => present.owned && !wanted.some((vip) => sameVipPlace(present, vip)))
    .map((present): VipChange => ({ operation: "deleteVip", vip: bare(present) }));
  return { first, last };
}

/** The addresses that lvsctl added, as VIPs of a file. */
export function ownedVips(present: readonly PresentVip[]): Vip[] {
  return present.filter(({ owned }) => owned).map(bare);
}

function bare({ owned: _owned, state: _state, ...vip }: PresentVip): Vip {
  return vip;
}
