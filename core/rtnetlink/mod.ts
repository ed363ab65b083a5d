/**
 * Addresses, interfaces, routes and neighbours over routing netlink; and the frames that announce VIPs and probe for them.
 *
 * @module
 */

export { type AnnouncementOptions, announceOnce, type LinkLayer } from "./announcement.ts";
export { checksum, pseudoHeader } from "./checksum.ts";
export type { Link, ListedAddress, NewLink } from "./codec.ts";
export { REAL_SERVER_ADDRESS_PROTOCOL, VRRP_ADDRESS_PROTOCOL } from "./constants.ts";
export { linkModule } from "./errors.ts";
export type { NextHop } from "./next_hops.ts";
export { RouteClient } from "./route_client.ts";
export type { LinkNeighbour, Route } from "./routes.ts";
export type { PacketLayer } from "./packet_layer.ts";
export { devicesOfSecondaries } from "./secondaries.ts";
export { type ServerAnswer, ServerProber, type ServerQuestion } from "./server_prober.ts";
export { type OwnedVips, VipClient } from "./vip_client.ts";
