import { LvsctlError } from "../errors/mod.ts";
import { type DesiredState, sameVipPlace } from "../model/mod.ts";
import type { RememberedService } from "../effective/mod.ts";
import { haveVips, keepVips, type VipAddresses, type VipPlace, type WantedVips, wantedVips } from "../follow/mod.ts";
import type { DaemonOptions } from "./daemon_options.ts";

/** A VIP of the file, and whether its interface has it. */
export interface VipPresence extends VipPlace {
  /** Whether the interface has the address. */
  readonly isPresent: boolean;
}

/** Options of {@linkcode FileVips}. */
export interface FileVipsOptions extends Pick<DaemonOptions, "vips" | "onEvent" | "formerVips"> {
  /** The records of the services, whose quorums decide. */
  readonly remembered: () => ReadonlyMap<string, RememberedService>;
}

/** The VIPs of the daemon's file: those that must be present, and those of earlier files that must be removed. */
export class FileVips {
  readonly #options: FileVipsOptions;
  #desired: DesiredState = { services: [] };
  /** The VIPs of earlier files that the present one lacks, until they are removed. */
  #former: readonly VipPlace[];

  /** Has no file yet. */
  constructor(options: FileVipsOptions) {
    this.#options = options;
    this.#former = options.formerVips ?? [];
  }

  /** Takes another file. */
  load(desired: DesiredState): void {
    const { vips = [] } = desired;
    this.#former = this.places.filter((vip) => !vips.some((other) => sameVipPlace(vip, other)));
    this.#desired = desired;
  }

  /** The VIPs of the file, and those of earlier files that are not removed yet. */
  get places(): readonly VipPlace[] {
    return [...this.#desired.vips ?? [], ...this.#former].map(({ address, device }) => ({ address, device }));
  }

  /** The VIPs of the file, each with whether its interface has it; none if the interfaces cannot be read. */
  presence(): readonly VipPresence[] {
    const { vips = [] } = this.#desired;
    const addresses = vips.length === 0 ? undefined : this.#options.vips?.();
    try {
      const present = addresses?.vips();
      return present === undefined ? [] : vips.map(({ address, device }) => ({
        address,
        device,
        isPresent: present.some((vip) => sameVipPlace(vip, { address, device })),
      }));
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      return [];
    }
  }

  /** Adds the VIPs of the file, removes those of earlier files and of lost quorums, and returns the errors. */
  keep(): readonly unknown[] {
    const { onEvent } = this.#options;
    const addresses = this.#options.vips?.();
    if (addresses === undefined) return [];
    const { changes, errors } = keepVips(addresses, this.#wanted, {
      onFailure: (error) => onEvent({ kind: "failure", error, retryMs: 0 }),
    });
    for (const change of changes) onEvent({ kind: "vip", change });
    if (errors.length === 0) this.#former = [];
    return errors;
  }

  /** Whether a pass is needed: a VIP is missing, because another program has removed it, or the kernel cannot be read. */
  get needsPass(): boolean {
    const addresses: VipAddresses | undefined = this.#options.vips?.();
    try {
      return addresses !== undefined && !haveVips(addresses, this.#wanted);
    } catch (error) {
      // The pass reports why the kernel cannot be read.
      if (!(error instanceof LvsctlError)) throw error;
      return true;
    }
  }

  get #wanted(): WantedVips {
    const { present, absent } = wantedVips(this.#desired, this.#options.remembered(), { keepsAll: true });
    return { present, absent: [...absent, ...this.#former] };
  }
}
