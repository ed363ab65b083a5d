import { LvsctlError } from "../../core/errors/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import type { Context } from "../context/context.ts";
import type { DaemonLog } from "./log.ts";
import type { DaemonSettings } from "./settings.ts";

/** Dependencies of {@linkcode InterfaceVips}. */
export interface InterfaceVipsOptions {
  /** Opens the interfaces' addresses. */
  readonly context: Pick<Context, "openVips">;
  /** The settings of the daemon. */
  readonly settings: Pick<DaemonSettings, "dryRun" | "vips">;
  /** The log. */
  readonly log: DaemonLog;
}

/** The daemon's access to the addresses of interfaces, which is opened when a file needs it. */
export class InterfaceVips implements Disposable {
  readonly #options: InterfaceVipsOptions;
  #client: VipClient | undefined;

  /** Opens nothing yet. */
  constructor(options: InterfaceVipsOptions) {
    this.#options = options;
  }

  /** The addresses; undefined if no file needs them, or they could not be opened. */
  get client(): VipClient | undefined {
    return this.#client;
  }

  /** Opens the interfaces' addresses once a file needs them; the daemon works without them too. */
  async open({ vips }: DesiredState, { isNeeded = false }: { readonly isNeeded?: boolean } = {}): Promise<void> {
    const { context, settings: { dryRun, vips: isAllowed }, log } = this.#options;
    if (dryRun || !isAllowed || this.#client !== undefined || (vips === undefined && !isNeeded)) return;
    try {
      this.#client = await context.openVips();
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      log.write({ level: "error", event: "vip", message: `${error.message}; the VIPs stay as they are` });
    }
  }

  /** Closes them. */
  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
  }
}
