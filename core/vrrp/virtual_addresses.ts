import { formatPrefix, formatVip, type Vip } from "../model/mod.ts";
import { AnnouncementPlan } from "./announcement_plan.ts";
import type { VrrpHost } from "./host.ts";
import type { ProblemReports } from "./problem_reports.ts";

/** Dependencies of {@linkcode VirtualAddresses}. */
export interface VirtualAddressesOptions {
  /** The machine. */
  readonly host: VrrpHost;
  /** Receives problems. */
  readonly problems: ProblemReports;
  /** Whether the machine may have had the addresses before: then those stay that the router has not added. */
  readonly isOwner: () => boolean;
  /** Whether they have a virtual hardware address, which moves with them. */
  readonly virtualMac: boolean;
}

/** The addresses of a router on the machine, and when they are announced. */
export class VirtualAddresses {
  readonly #options: VirtualAddressesOptions;
  readonly #announcements: AnnouncementPlan;
  #vips: readonly Vip[];
  /** Places of addresses that another router has from now on. */
  #handedOver: ReadonlySet<string> = new Set();
  /** Whether {@linkcode settle} removes them. */
  #isReleased = false;

  /** Changes nothing on the machine yet. */
  constructor(vips: readonly Vip[], options: VirtualAddressesOptions) {
    this.#vips = vips;
    this.#options = options;
    this.#announcements = new AnnouncementPlan({ claims: options.virtualMac });
  }

  /** When they are announced next; a moment of the monotonic clock. */
  get dueAt(): number {
    return this.#announcements.dueAt;
  }

  /** Adds all of them, and announces them. */
  acquire(now: number): void {
    this.#isReleased = false;
    this.#add(this.#vips);
    this.#announcements.begin(now);
  }

  /** Announces them again, because the neighbours may have the hardware address of another router. */
  repeat(now: number): void {
    this.#announcements.repeat(now);
  }

  /** Removes what a former process has left of them. */
  removeFormer(): void {
    this.#remove(this.#vips);
  }

  /** Lets {@linkcode settle} remove them. */
  release(): void {
    this.#announcements.end();
    this.#isReleased = true;
  }

  /** Removes released ones, apart from those that were handed over, and tells whether there were any. */
  settle(): boolean {
    if (!this.#isReleased) return false;
    this.#isReleased = false;
    this.#remove(this.#vips);
    return true;
  }

  /** Leaves addresses on the machine for another router. */
  handOver(vips: readonly Vip[]): void {
    this.#handedOver = new Set(vips.map(formatVip));
  }

  /**
   * Takes other addresses.
   *
   * @param vips The addresses.
   * @param activeAt The present moment if the router is active, so that the machine follows; otherwise undefined.
   */
  replace(vips: readonly Vip[], activeAt: number | undefined): void {
    this.settle();
    const before = this.#vips;
    this.#vips = vips;
    if (activeAt === undefined) return;
    const removed = missing(before, vips);
    const added = missing(vips, before);
    this.#remove(removed);
    this.#add(added);
    if (added.length > 0) this.#announcements.begin(activeAt);
  }

  /** Adds those again that another program has removed. */
  restore(now: number): void {
    const absent = this.#options.host.absentVips(this.#vips);
    if (absent.length === 0) return;
    const names = absent.map(formatPrefix).join(", ");
    this.#options.problems.report(`another program has removed ${names}: added again`);
    this.#add(absent);
    this.#announcements.begin(now);
  }

  /** Announces them if that is due. */
  turn(now: number): void {
    const due = this.#announcements.takeDue(now);
    if (due === undefined) return;
    const vips = due === "all" ? this.#vips : this.#vips.slice(0, 1);
    this.#options.problems.reportAll(this.#options.host.announce(vips));
  }

  #add(vips: readonly Vip[]): void {
    if (vips.length > 0) this.#options.problems.reportAll(this.#options.host.addVips(vips));
  }

  #remove(vips: readonly Vip[]): void {
    const { host, problems, isOwner } = this.#options;
    const removed = vips.filter((vip) => !this.#handedOver.has(formatVip(vip)));
    if (removed.length > 0) problems.reportAll(host.removeVips(removed, { keepsForeign: isOwner() }));
  }
}

/** The addresses that a list has and another one lacks. */
function missing(vips: readonly Vip[], others: readonly Vip[]): readonly Vip[] {
  const places = new Set(others.map(formatVip));
  return vips.filter((vip) => !places.has(formatVip(vip)));
}
