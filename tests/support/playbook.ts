/**
 * The tasks of a playbook: each line names an end, and changes nothing if it is reached.
 *
 * @module
 */

const WEB = "tcp://192.0.2.10:80";
const DNS = "udp://[2001:db8::10]:53";

/** What is there before the playbook. */
export const PLAYBOOK_START: readonly string[] = [
  "service add tcp://192.0.2.99:80",
  "server add tcp://192.0.2.99:80 10.0.0.99",
  "service add tcp://192.0.2.98:80",
  "server add tcp://192.0.2.98:80 10.0.0.98",
  "server add tcp://192.0.2.98:80 10.0.0.97",
  "vip add 192.0.2.99/32 --device lo --announce-count 0",
];

/** Additions, edits and deletions of services, servers, VIPs and settings. */
export const PLAYBOOK: readonly string[] = [
  "vip add 192.0.2.10/32 --device lo --announce-count 0 --ensure",
  `service add ${WEB} --scheduler wrr --ensure`,
  `service add ${DNS} --scheduler rr --ensure`,
  `server add ${WEB} 10.0.0.11:8080 --weight 2 --ensure`,
  `server add ${WEB} 10.0.0.12:8080 --ensure`,
  `server add ${DNS} [2001:db8:1::11]:53 --ensure`,
  `service edit ${WEB} --persistent 5m --if-exists`,
  `server edit ${WEB} 10.0.0.12:8080 --weight 0 --if-exists`,
  "server delete tcp://192.0.2.98:80 10.0.0.97 10.0.0.96 --ensure",
  "service delete tcp://192.0.2.99:80 --ensure",
  "vip delete 192.0.2.99 --ensure",
  "timeouts --tcp 10m --udp 2m",
];
