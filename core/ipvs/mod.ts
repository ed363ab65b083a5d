/**
 * IPVS over generic netlink: constants by their uapi names, one attribute table per nested type, the client, and the
 * meaning of the kernel's errnos.
 *
 * @module
 */

export { IpvsClient } from "./client.ts";
export { IPVS_GENL_NAME } from "./constants.ts";
export { changeError, IpvsError, noSuchService } from "./errors.ts";
export type { OptionReader } from "./sockopt_servers.ts";
export { rehearse } from "./rehearse.ts";
