import { formatPrefix } from "../model/mod.ts";
import type { Router } from "./router.ts";
import { addressesOf, isSameRouter, routerKey, type RouterSettings } from "./settings.ts";
import type { RouterStatus } from "./status.ts";

/** Stops routers for good: all last advertisements leave before the first address is removed. */
export function stopAll(routers: readonly Router[], now: number): void {
  for (const router of routers) router.leave(now);
  for (const router of routers) router.stop(now);
}

/**
 * The routers that stay, by their new settings: first those with the name, and then those that were renamed.
 *
 * @param routers The former routers.
 * @param wanted The new settings.
 */
export function keptRouters(
  routers: readonly Router[],
  wanted: readonly RouterSettings[],
): ReadonlyMap<RouterSettings, Router> {
  const kept = new Map<RouterSettings, Router>();
  const free = new Set(routers);
  const keep = (isSame: (router: Router, settings: RouterSettings) => boolean): void => {
    for (const settings of wanted.filter((each) => !kept.has(each))) {
      const router = [...free].find((each) => isSameRouter(each.settings, settings) && isSame(each, settings));
      if (router === undefined) continue;
      free.delete(router);
      kept.set(settings, router);
    }
  };
  keep((router, settings) => routerKey(router.settings) === routerKey(settings));
  keep((router, settings) => JSON.stringify(router.settings.peers) === JSON.stringify(settings.peers));
  return kept;
}

/** The active routers of another process that settings continue, with those of their addresses that stay. */
export function continuedRouters(
  routers: readonly RouterStatus[],
  wanted: readonly RouterSettings[],
): readonly RouterStatus[] {
  return routers.flatMap((router) => {
    const settings = wanted.find((each) => continuesRouter(router, each));
    if (settings === undefined) return [];
    const addresses = new Set(addressesOf(settings).map(formatPrefix));
    return [{ ...router, vips: router.vips.filter((vip) => addresses.has(vip)) }];
  });
}

/** Whether an active router of another process is the one of these settings, with its addresses in the same place. */
export function continuesRouter(router: RouterStatus, settings: RouterSettings): boolean {
  return router.state === "active" && CONTINUITY.every((key) => router[key] === settings[key]);
}

const CONTINUITY = ["name", "family", "vrid", "device", "version", "virtualMac"] as const;
