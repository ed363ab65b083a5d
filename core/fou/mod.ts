/**
 * The kernel's UDP ports that decapsulate tunnels (foo over UDP), over generic netlink.
 *
 * @module
 */

export { FOU_GENL_NAME, FouClient, type FouPort, type ListedFouPort } from "./fou_client.ts";
