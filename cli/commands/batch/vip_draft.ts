import { type PresentVip, sameVipPlace, type Vip, type VipChange } from "../../../core/model/mod.ts";
import { ownedVips } from "../../../core/reconcile/mod.ts";

/** The addresses of the interfaces with changes that are not made yet. */
export class VipDraft {
  #present: readonly PresentVip[];

  /** Starts with the present addresses. */
  constructor(present: readonly PresentVip[]) {
    this.#present = present;
  }

  /** The addresses. */
  get present(): readonly PresentVip[] {
    return this.#present;
  }

  /** Makes a change in the draft. */
  apply(change: VipChange): void {
    const { vip } = change;
    const others = this.#present.filter((present) => !sameVipPlace(present, vip));
    this.#present = change.operation === "deleteVip" ? others : [...others, { ...vip, owned: true, state: "up" }];
  }

  /** The VIPs that lvsctl keeps in the end. */
  target(): readonly Vip[] {
    return ownedVips(this.#present);
  }
}
