/**
 * Addresses, interfaces, routes and neighbours over routing netlink; and the frames by which a VIP is announced and looked for.
 *
 * @module
 */

export {
  type AnnouncementOptions,
  announceVips,
  assertNobodyHas,
  DEFAULT_ANNOUNCEMENT,
  type LinkLayer,
  type LinkRequest,
} from "./announcement.ts";
export { arpConflict, arpProbe, gratuitousArp, type Neighbour } from "./arp.ts";
export type { Link, ListedAddress, NewLink } from "./codec.ts";
export { LVSCTL_ADDRESS_PROTOCOL, REAL_SERVER_ADDRESS_PROTOCOL } from "./constants.ts";
export { linkModule, RouteError } from "./errors.ts";
export { ETHERTYPE, type Frame, type FramePort } from "./frame.ts";
export { advertisementConflict, neighbourAdvertisement, solicitationProbe } from "./neighbour_discovery.ts";
export { RouteClient } from "./route_client.ts";
export type { LinkNeighbour, NeighbourState, Route, RouteKind } from "./routes.ts";
export type { Promotion } from "./secondaries.ts";
export { type OwnedVips, VipClient, type VipClientOptions } from "./vip_client.ts";
