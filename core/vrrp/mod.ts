/**
 * VRRP: advertisements of versions 2 and 3, the state machine of a virtual router (pure), and the speaker that runs all
 * routers of a machine over a seam of a few methods.
 *
 * @module
 */

export { VRRP_GROUP, VRRP_PROTOCOL } from "./advertisement.ts";
export { CommandWatch } from "./command_watch.ts";
export { FileWatch } from "./file_watch.ts";
export type { AddedLink, PortPlace, VrrpHost, VrrpPort } from "./host.ts";
export { type AddressRecord, MachineAddresses } from "./machine_addresses.ts";
export { type GroupState, InstanceStates, type StateChange, stateEvent } from "./instance_states.ts";
export { packetOf } from "./ip_packet.ts";
export { readIpv4Packet } from "./ipv4_packet.ts";
export { jsonLine, JsonLines, type SpeakerCommand, type SpeakerMessage } from "./protocol.ts";
export { type RouterSettings, virtualLinkOf } from "./settings.ts";
export { routersOf } from "./routers_of.ts";
export { SpeakerSession } from "./session.ts";
export { checkTracks, serviceTracks, type TrackState } from "./effective_priority.ts";
export type { Discards, HeardPeer, RouterEvent, RouterState, RouterStatus, RouterTimers } from "./status.ts";
export { type SysctlRecord, VirtualLinks } from "./virtual_links.ts";
