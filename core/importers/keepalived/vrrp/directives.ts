import type { Rule, Rules } from "../section.ts";
import { ADDRESS, ANY, BLOCK, decimal, FLAG, integer, looseInteger, oneOf, SCRIPT, SOME } from "../values.ts";

// The known directives of each block of VRRP.

const MANY = { isList: true } as const;

const PERIODIC = "lvsctl announces the addresses when it becomes active, and when it hears another active director";
const OWN_TIMES = "lvsctl has its own times and numbers of announcements";
const FIREWALL = "lvsctl needs no firewall rules for VRRP";
const BFD = "lvsctl does not support BFD; track a check, such as one of type ping";
const PROCESSES = "lvsctl does not watch processes; track a command, such as one that calls pgrep";
const ROUTING = "lvsctl adds no routes and no rules; routing belongs to the network's configuration";
const ACCEPTED = "lvsctl accepts packets for the addresses, because its services need them";
const SENDS_ADVERT = "lvsctl answers an active router with a lower priority, as RFC 9568 says";
const SAME_DEVICE = "lvsctl sends the advertisements and has the addresses on one device";

/** Rules that instances and groups have in common. */
const TRACKING: Rules = {
  "track_interface": { form: BLOCK, ...MANY },
  "track_script": { form: BLOCK, ...MANY },
  "track_file": { form: BLOCK, ...MANY },
  "track_process": { lost: PROCESSES },
  "track_bfd": { lost: BFD },
};

const NOTIFYING: Rules = {
  ...Object.fromEntries(
    ["notify", "notify_master", "notify_backup", "notify_fault", "notify_stop"].map((keyword) => [
      keyword,
      { form: SCRIPT },
    ]),
  ),
  "notify_deleted": { lost: "lvsctl has no event for an instance that is removed from the file" },
  "notify_priority_changes": { lost: "lvsctl has no FIFO for notifications" },
  "smtp_alert": { form: FLAG },
};

/** Announcements: in an instance, and with the prefix `vrrp_` for all instances. */
const ANNOUNCEMENTS: Rules = {
  "garp_master_delay": { idle: OWN_TIMES },
  "garp_master_repeat": { idle: OWN_TIMES },
  "garp_lower_prio_delay": { idle: OWN_TIMES },
  "garp_lower_prio_repeat": { idle: OWN_TIMES },
  "garp_master_refresh": { lost: PERIODIC },
  "garp_master_refresh_repeat": { lost: PERIODIC },
  "garp_extra_if": { lost: PERIODIC },
  "down_timer_adverts": { lost: "lvsctl waits for three advertisements, as the standards say" },
  "lower_prio_no_advert": { lost: SENDS_ADVERT },
  "higher_prio_send_advert": { idle: "the director that becomes active announces the addresses" },
  "skip_check_adv_addr": { idle: "lvsctl accepts advertisements with other addresses, and reports them" },
  "check_unicast_src": { idle: "lvsctl accepts packets of its peers only" },
};

/** The directives of an instance. */
export const INSTANCE: Rules = {
  ...TRACKING,
  ...NOTIFYING,
  ...ANNOUNCEMENTS,
  state: { form: oneOf("MASTER", "BACKUP"), ...MANY },
  interface: { form: SOME },
  "virtual_router_id": { form: integer(1, 255) },
  // keepalived uses the default instead of an invalid number.
  priority: { form: SOME },
  version: { form: looseInteger(2, 3), ...MANY },
  "advert_int": { form: decimal(0.01, 255) },
  authentication: { form: BLOCK, ...MANY },
  "virtual_ipaddress": { form: BLOCK, ...MANY },
  "virtual_ipaddress_excluded": { form: BLOCK, ...MANY },
  "virtual_routes": { lost: ROUTING },
  "virtual_rules": { lost: ROUTING },
  "unicast_peer": { form: BLOCK, ...MANY },
  "unicast_src_ip": { form: ADDRESS, as: "source" },
  "mcast_src_ip": { form: ADDRESS, as: "source" },
  "mcast_dst_ip": { lost: "lvsctl sends to the group of the standards, 224.0.0.18 or ff02::12" },
  "unicast_ttl": { lost: "lvsctl sends with the hop limit 255" },
  "unicast_fault_no_peer": { idle: "lvsctl uses multicast without peers" },
  "old_unicast_checksum": { idle: "lvsctl accepts this checksum, and sends the new one" },
  "track_src_ip": { idle: "without the address lvsctl cannot send, and is at fault" },
  nopreempt: { form: ANY, as: "preempt" },
  preempt: { form: ANY },
  "preempt_delay": { form: SOME },
  accept: { idle: ACCEPTED },
  "no_accept": { lost: ACCEPTED },
  "strict_mode": { form: FLAG },
  "use_vmac": { form: ANY },
  "use_vmac_addr": { lost: SAME_DEVICE },
  "vmac_xmit_base": { idle: "routers accept advertisements from either hardware address" },
  "use_ipvlan": { lost: SAME_DEVICE },
  vrf: { lost: "run lvsctl in the VRF: ip vrf exec NAME lvsctl run FILE" },
  "dont_track_primary": { lost: "without a link on its device an instance of lvsctl is at fault" },
  "lvs_sync_daemon_interface": { form: SOME },
  "linkbeat_use_polling": { idle: "the kernel reports changes of the link" },
  "native_ipv6": { idle: "the addresses say so" },
  "promote_secondaries": { idle: "lvsctl keeps the other addresses of a subnet" },
  debug: { idle: "keepalived ignores it too" },
  "kernel_rx_buf_size": { idle: "it concerns keepalived's own sockets" },
  "notify_master_rx_lower_pri": { lost: "lvsctl has no event for an active router with a lower priority; it logs it" },
};

/** The directives of the authentication. */
export const AUTHENTICATION: Rules = {
  "auth_type": { form: SOME },
  "auth_pass": { form: SOME },
};

/** The directives of a group. */
export const GROUP: Rules = {
  ...TRACKING,
  ...NOTIFYING,
  group: { form: BLOCK },
  "global_tracking": { form: ANY, as: "sync_group_tracking_weight" },
  "sync_group_tracking_weight": { form: ANY },
};

/** The directives of a script. */
export const SCRIPT_BLOCK: Rules = {
  script: { form: SOME },
  interval: { form: integer(0, 4294) },
  timeout: { form: integer(0, 4294) },
  weight: { form: SOME },
  rise: { form: integer(1, 1000) },
  fall: { form: integer(1, 1000) },
  user: { lost: "lvsctl runs commands as its own user" },
  "init_fail": { idle: "until the first result of a command an instance of lvsctl has no bonus, or is at fault" },
};

const PROCESS = "set it in the service manager: see systemd.exec(5)";

/** The directives of all instances, in `global_defs`. */
export const GLOBAL_VRRP: Rules = {
  ...Object.fromEntries(
    Object.entries(ANNOUNCEMENTS).map(([keyword, rule]): [string, Rule] => [`vrrp_${keyword}`, rule]),
  ),
  "vrrp_version": { form: looseInteger(2, 3) },
  "vrrp_startup_delay": { form: decimal(0, 1200) },
  "vrrp_strict": { form: FLAG },
  "vrrp_mcast_group4": { form: SOME },
  "vrrp_mcast_group6": { form: SOME },
  "vrrp_garp_interval": { idle: OWN_TIMES },
  "vrrp_gna_interval": { idle: OWN_TIMES },
  "vrrp_min_garp": { idle: OWN_TIMES },
  "vrrp_iptables": { idle: FIREWALL },
  "vrrp_ipsets": { idle: FIREWALL },
  nftables: { idle: FIREWALL },
  "nftables_priority": { idle: FIREWALL },
  "nftables_counters": { idle: FIREWALL },
  "nftables_ifindex": { idle: FIREWALL },
  "vrrp_notify_fifo": { lost: "lvsctl has no FIFO for notifications" },
  "vrrp_notify_fifo_script": { lost: "lvsctl has no FIFO for notifications" },
  "vrrp_notify_priority_changes": { lost: "lvsctl has no FIFO for notifications" },
  "vrrp_priority": { lost: PROCESS },
  "vrrp_rt_priority": { lost: PROCESS },
  "vrrp_no_swap": { lost: PROCESS },
  "vrrp_rlimit_rttime": { lost: PROCESS },
  "vrrp_cpu_affinity": { lost: PROCESS },
  ...Object.fromEntries(
    ("vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs " +
      "vrrp_netlink_monitor_rcv_bufs_force vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier").split(" ").map((
        keyword,
      ): [string, Rule] => [keyword, { idle: "it concerns keepalived's own sockets" }]),
  ),
};

/** The blocks of VRRP in a file. */
export const TOP_VRRP: Rules = {
  "vrrp_instance": { form: SOME, ...MANY },
  "vrrp_sync_group": { form: SOME, ...MANY },
  "vrrp_script": { form: SOME, ...MANY },
  "vrrp_track_process": { lost: PROCESSES },
  "track_process": { lost: PROCESSES },
  "track_group": { lost: "addresses, routes and rules belong to the network's configuration" },
  "garp_group": { idle: OWN_TIMES },
};
