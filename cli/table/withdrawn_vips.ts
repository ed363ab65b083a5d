import type { DesiredState } from "../../core/model/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import type { Context } from "../context/context.ts";

/** Opens the interfaces' addresses where a file has services whose VIPs go with their quorum; the caller closes it. */
export async function openWithdrawnVips(context: Context, desired: DesiredState): Promise<VipClient | undefined> {
  const isNeeded = desired.vips !== undefined && desired.services.some(({ withdrawVips }) => withdrawVips === true);
  return isNeeded ? await context.openVips() : undefined;
}
