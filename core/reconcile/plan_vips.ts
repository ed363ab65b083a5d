import { type PresentVip, sameVip, sameVipPlace, type Vip, type VipChange } from "../model/mod.ts";

/** Changes of addresses, parted by when their turn is. */
export interface VipPlan {
  /** Before the services change: what is added or edited. */
  readonly first: readonly VipChange[];
  /** After them: what is deleted. */
  readonly last: readonly VipChange[];
}

/**
 * The smallest changes that leave the interfaces with the wanted VIPs, and, unless others are kept, with no other one
 * that lvsctl added.
 *
 * An address that somebody else added is never changed: where it is wanted at that interface, it is there.
 *
 * @param current The addresses that there are; undefined if nobody looked.
 * @param wanted The wanted VIPs; undefined to leave everything as it is.
 * @param options.keepOthers Whether VIPs that lvsctl added and that are not wanted stay.
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

/** The VIPs among the addresses that lvsctl added: what a file declares, and what undoing leads back to. */
export function ownedVips(present: readonly PresentVip[]): Vip[] {
  return present.filter(({ owned }) => owned).map(bare);
}

function bare({ owned: _owned, state: _state, ...vip }: PresentVip): Vip {
  return vip;
}
