import { addressFamily, describeTrack, type DesiredState, type Vip, type VrrpInstance } from "../model/mod.ts";
import { carrierOf, type RouterSettings, type TrackSettings } from "./settings.ts";
import type { SpeakerSettings } from "./speaker.ts";

/** The routers and groups of a file: an instance has one router for each family of its addresses. */
export function routersOf({ vrrp = [], vrrpGroups = [] }: Pick<DesiredState, "vrrp" | "vrrpGroups">): SpeakerSettings {
  return {
    routers: vrrp.flatMap(routersOfInstance),
    groups: vrrpGroups.map(({ name, members }) => ({ name, members })),
  };
}

function routersOfInstance(instance: VrrpInstance): readonly RouterSettings[] {
  const { name, vrid, device, priority, version, intervalMs, password, checksum, startupDelayMs } = instance;
  const families = (["ipv4", "ipv6"] as const)
    .filter((family) => instance.vips.some(({ address }) => addressFamily(address) === family));
  return families.map((family): RouterSettings => {
    const isOfFamily = ({ address }: Pick<Vip, "address">): boolean => addressFamily(address) === family;
    const peers = instance.peers.filter((peer) => addressFamily(peer) === family);
    const { virtualMac } = instance;
    const { addresses: addressDevice } = carrierOf({ device, family, vrid, virtualMac, peers });
    const onDevice = (vip: Vip): Vip => ({ ...vip, device: addressDevice });
    // With one router, it has those of both families.
    const excluded = families.length === 1 ? instance.excludedVips : instance.excludedVips.filter(isOfFamily);
    return {
      name,
      family,
      vrid,
      device,
      priority,
      version,
      intervalMs,
      vips: instance.vips.filter(isOfFamily).map(onDevice),
      excludedVips: excluded.map(onDevice),
      peers,
      source: instance.sources.find((source) => addressFamily(source) === family),
      password,
      checksum,
      preemption: { isAllowed: instance.preempts, delayMs: instance.preemptDelayMs },
      startupDelayMs,
      virtualMac,
      tracks: instance.tracks.map((track): TrackSettings => ({
        label: describeTrack(track),
        interface: track.kind === "interface" ? track.device : undefined,
        weight: track.weight,
      })),
    };
  });
}
