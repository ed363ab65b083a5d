import type { DesiredState } from "../../core/model/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import type { Context } from "../context/context.ts";

/** Opens the addresses of the interfaces if a file has services with `withdraw_vips`; the caller closes it. */
export async function openWithdrawnVips(context: Context, desired: DesiredState): Promise<VipClient | undefined> {
  const isNeeded = desired.vips !== undefined && desired.services.some(({ withdrawVips }) => withdrawVips === true);
  return isNeeded ? await context.openVips() : undefined;
}
