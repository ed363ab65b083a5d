import { addressFamily, describeTrack, type DesiredState, type VrrpInstance } from "../model/mod.ts";
import type { RouterSettings, TrackSettings } from "./settings.ts";
import type { SpeakerSettings } from "./speaker.ts";

/** The routers and groups of a file: an instance has one router for each family of its addresses. */
export function routersOf({ vrrp = [], vrrpGroups = [] }: Pick<DesiredState, "vrrp" | "vrrpGroups">): SpeakerSettings {
  return { routers: vrrp.flatMap(routersOfInstance), groups: vrrpGroups };
}

function routersOfInstance(instance: VrrpInstance): readonly RouterSettings[] {
  const { name, vrid, device, priority, version, intervalMs, password, checksum, startupDelayMs } = instance;
  return (["ipv4", "ipv6"] as const).flatMap((family): RouterSettings[] => {
    const vips = instance.vips.filter(({ address }) => addressFamily(address) === family);
    if (vips.length === 0) return [];
    return [{
      name,
      family,
      vrid,
      device,
      priority,
      version,
      intervalMs,
      vips,
      peers: instance.peers.filter((peer) => addressFamily(peer) === family),
      source: instance.sources.find((source) => addressFamily(source) === family),
      password,
      checksum,
      preemption: { isAllowed: instance.preempts, delayMs: instance.preemptDelayMs },
      startupDelayMs,
      tracks: instance.tracks.map((track): TrackSettings => ({
        label: describeTrack(track),
        interface: track.kind === "interface" ? track.device : undefined,
        weight: track.weight,
      })),
    }];
  });
}
