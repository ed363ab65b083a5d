import type { Rule, Rules } from "./section.ts";
import { ADDRESS, ANY, BLOCK, ENDPOINT, FLAG, type Form, integer, oneOf, PORT, SCRIPT, SOME, timer } from "./values.ts";

// Every directive that this importer knows, block by block.

const UINT_MAX = 4_294_967_295;

const MANY = { isList: true } as const;

/** The schedulers of keepalived 2.2.7. */
const SCHEDULER = oneOf(
  ..."rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos".split(" "),
);

const METHOD: Form = ({ words: [method = ""] }) => /^(?:NAT|DR|TUN)$/.test(method) ? undefined : "NAT, DR or TUN";

const WEIGHT = integer(0, 2_147_483_647);

/** How servers are checked: of a virtual server, of a real server, of a check. */
const TIMING: Rules = {
  alpha: { form: FLAG },
  "connect_timeout": { form: timer(0.000001) },
  retry: { form: integer(1, UINT_MAX) },
  "delay_before_retry": { form: timer(0.000001) },
  warmup: { form: timer(0) },
  "delay_loop": { form: timer(0.000001) },
};

const FLAGS: Rules = Object.fromEntries(
  ["flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port", "mh-fallback"].map((name) => [
    name,
    { form: ANY },
  ]),
);

const SNMP = "lvsctl does not speak SNMP";

/** Of a virtual server. */
export const VIRTUAL_SERVER: Rules = {
  ...TIMING,
  ...FLAGS,
  "ip_family": { form: oneOf("inet", "inet6") },
  "lvs_sched": { form: SCHEDULER },
  "lb_algo": { form: SCHEDULER, as: "lvs_sched" },
  hashed: { idle: "keepalived ignores it too" },
  ops: { form: FLAG },
  "lvs_method": { form: METHOD },
  "lb_kind": { form: METHOD, as: "lvs_method" },
  "persistence_engine": { form: SOME },
  "persistence_timeout": {
    form: (statement) => statement.words.length === 0 ? undefined : integer(1, 2_678_400)(statement),
  },
  "persistence_granularity": { form: SOME },
  protocol: { form: oneOf("TCP", "UDP", "SCTP") },
  "ha_suspend": { lost: "the checks of lvsctl run whether this machine has the address or not" },
  omega: { form: FLAG },
  quorum: { form: integer(1, UINT_MAX) },
  hysteresis: { form: integer(0, UINT_MAX) },
  "quorum_up": { form: SCRIPT },
  "quorum_down": { form: SCRIPT },
  weight: { form: WEIGHT },
  "sorry_server": { form: ENDPOINT },
  "sorry_server_inhibit": { lost: "a fallback of lvsctl is in the table while it is needed, and only then" },
  "sorry_server_lvs_method": { form: METHOD },
  "inhibit_on_failure": { form: FLAG },
  "smtp_alert": { form: FLAG },
  virtualhost: { form: SOME },
  "snmp_name": { lost: SNMP },
  "real_server": { form: ENDPOINT, ...MANY },
};

/** The kinds of check. */
export const CHECKERS = [
  "TCP_CHECK",
  "HTTP_GET",
  "SSL_GET",
  "SMTP_CHECK",
  "DNS_CHECK",
  "MISC_CHECK",
  "UDP_CHECK",
  "PING_CHECK",
  "FILE_CHECK",
  "BFD_CHECK",
] as const;

/** One of {@linkcode CHECKERS}. */
export type CheckerType = (typeof CHECKERS)[number];

/** Of a real server. */
export const REAL_SERVER: Rules = {
  ...TIMING,
  weight: { form: WEIGHT },
  "lvs_method": { form: METHOD },
  uthreshold: { form: integer(0, UINT_MAX) },
  lthreshold: { form: integer(0, UINT_MAX) },
  "inhibit_on_failure": { form: FLAG },
  "notify_up": { form: SCRIPT },
  "notify_down": { form: SCRIPT },
  "smtp_alert": { form: FLAG },
  virtualhost: { form: SOME },
  "snmp_name": { lost: SNMP },
  ...Object.fromEntries(CHECKERS.map((type) => [type, { form: BLOCK, as: "checker", ...MANY }])),
};

const IDLE_LOG = "lvsctl logs the failures that change something";

const CHECKER_TIMING: Rules = {
  ...TIMING,
  retry: { form: integer(0, UINT_MAX) },
  "log_all_failures": { idle: IDLE_LOG },
};

const CONNECTION: Rules = {
  "connect_ip": { form: ADDRESS },
  "connect_port": { form: PORT },
  bindto: { form: ADDRESS },
  "bind_port": { lost: "a check of lvsctl takes whatever port is free" },
  "bind_if": { form: SOME },
  fwmark: { form: integer(0, UINT_MAX) },
};

const HTTP: Rules = {
  ...CHECKER_TIMING,
  ...CONNECTION,
  "http_protocol": { form: oneOf("1.0", "1.0C", "1.1", "1.0c") },
  virtualhost: { form: SOME },
  "fast_recovery": { idle: "lvsctl asks for all URLs in every probe" },
  "tls_compliant": { lost: "a connection over TLS that is cut off without close_notify is no failure of itself" },
  "nb_get_retry": { form: integer(0, UINT_MAX), as: "retry" },
  url: { form: BLOCK, ...MANY },
};

/** Of a check, by its kind. */
export const CHECKER: Readonly<Record<CheckerType, Rules>> = {
  "TCP_CHECK": { ...CHECKER_TIMING, ...CONNECTION },
  "HTTP_GET": HTTP,
  "SSL_GET": { ...HTTP, enable_sni: { form: FLAG }, sni_name: { form: SOME } },
  "SMTP_CHECK": { ...CHECKER_TIMING, ...CONNECTION, helo_name: { form: SOME }, host: { form: BLOCK, ...MANY } },
  "DNS_CHECK": {
    ...CHECKER_TIMING,
    ...CONNECTION,
    type: { form: oneOf("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY") },
    name: { form: SOME },
  },
  "MISC_CHECK": {
    ...CHECKER_TIMING,
    "misc_path": { form: SCRIPT },
    "misc_timeout": { form: timer(0.000001) },
    "misc_dynamic": { form: FLAG },
    user: { form: SOME },
  },
  "UDP_CHECK": {
    ...CHECKER_TIMING,
    ...CONNECTION,
    payload: { form: ({ words }) => /^[\da-f\s]+$/i.test(words.join(" ")) ? undefined : "hexadecimal digits" },
    "require_reply": { form: ({ words }) => /^[\da-fx\s]*$/i.test(words.join(" ")) ? undefined : "hexadecimal digits" },
    "min_reply_length": { form: integer(0, 65535) },
    "max_reply_length": { form: integer(0, 65535) },
  },
  "PING_CHECK": { ...CHECKER_TIMING, ...CONNECTION },
  "FILE_CHECK": {
    ...CHECKER_TIMING,
    "track_file": { form: SOME },
    weight: { form: SOME },
    dynamic: { form: FLAG },
  },
  "BFD_CHECK": { name: { form: SOME }, alpha: { form: FLAG } },
};

/** Of the host of a check by SMTP. */
export const SMTP_HOST: Rules = CONNECTION;

/** Of a URL. */
export const URL_BLOCK: Rules = {
  path: { form: SOME },
  digest: { form: SOME },
  "status_code": { form: SOME },
  virtualhost: { form: SOME },
  regex: { form: SOME },
  "regex_no_match": { form: ANY },
  "regex_options": { form: SOME, ...MANY },
  "regex_stack": { idle: "the regular expressions of lvsctl need no stack" },
  "regex_min_offset": { lost: "regular expressions see all of the body" },
  "regex_max_offset": { lost: "regular expressions see all of the body" },
  "tls_compliant": { lost: "a connection over TLS that is cut off without close_notify is no failure of itself" },
};

/** Of the client's certificate. */
export const SSL: Rules = {
  password: { lost: "keys with a password cannot be read; store the key without one, readable by root only" },
  ca: { idle: "keepalived does not verify certificates, and so neither does what was made of it" },
  certificate: { form: SOME },
  key: { form: SOME },
};

/** Of a file that is watched. */
export const TRACK_FILE: Rules = {
  file: { form: SOME },
  weight: { form: SOME },
  "init_file": { lost: "lvsctl writes no files that it watches" },
};

const PROCESS = "it belongs to the service manager: see systemd.exec(5)";
const FIFO = "notifications of lvsctl are commands, webhooks, mails and lines of the log";
const IDLE_PROCESS = "it concerns keepalived's own processes and files";

const GLOBAL_LOST: Rules = {
  "lvs_flush": { lost: "lvsctl run leaves services of others alone; lvsctl apply --prune removes them" },
  "net_namespace": { lost: "start lvsctl in it: ip netns exec NAME lvsctl run FILE" },
  "net_namespace_ipvs": { lost: "lvsctl probes from where the table is: ip netns exec NAME lvsctl run FILE" },
  "nftables_ipvs": { lost: "the group becomes one service for each of its addresses; lvsctl sets no firewall marks" },
  "nftables_ipvs_priority": { lost: "lvsctl sets no firewall marks" },
  "nftables_ipvs_start_fwmark": { lost: "lvsctl sets no firewall marks" },
  "notify_fifo": { lost: FIFO },
  "notify_fifo_script": { lost: FIFO },
  "lvs_notify_fifo": { lost: FIFO },
  "lvs_notify_fifo_script": { lost: FIFO },
  "rs_init_notifies": { lost: "lvsctl tells of changes only" },
  "snmp_socket": { lost: SNMP },
  "enable_snmp_checker": { lost: SNMP },
  "enable_snmp_vrrp": { lost: SNMP },
  "enable_snmp_rfc": { lost: SNMP },
  "enable_traps": { lost: SNMP },
  "checker_priority": { lost: PROCESS },
  "checker_rt_priority": { lost: PROCESS },
  "checker_rlimit_rttime": { lost: PROCESS },
  "checker_no_swap": { lost: PROCESS },
  "checker_cpu_affinity": { lost: PROCESS },
  "script_user": { lost: "lvsctl runs commands as its own user" },
  "startup_script": { lost: "have the service manager run it: ExecStartPre= of systemd" },
  "startup_script_timeout": { lost: "have the service manager run the script: ExecStartPre= of systemd" },
  "shutdown_script": { lost: "have the service manager run it: ExecStopPost= of systemd" },
  "shutdown_script_timeout": { lost: "have the service manager run the script: ExecStopPost= of systemd" },
  "smtp_helo_name": { lost: "lvsctl greets mail servers by the name of this machine" },
};

const GLOBAL_IDLE: Rules = {
  "lvs_flush_on_stop": {
    idle: "lvsctl run leaves its services in the table when it stops; with --on-exit remove it removes them",
  },
  "smtp_connect_timeout": { idle: "a mail of lvsctl's has 10 seconds, and keeps nothing waiting" },
  "checker_log_all_failures": { idle: IDLE_LOG },
  "router_id": { idle: "only VRRP and the subject of mails have it" },
  "enable_script_security": { idle: "lvsctl runs what its file names, as its own user" },
  "use_symlink_paths": { idle: "lvsctl runs what its file names, as its own user" },
  "set_supplementary_groups": { idle: "lvsctl runs what its file names, as its own user" },
  "reload_check_config": { idle: "lvsctl always checks its file before it takes it" },
  "no_email_faults": { idle: "only VRRP sends such mails" },
  "smtp_alert_vrrp": { idle: "only VRRP sends such mails" },
  "default_interface": { idle: "only VRRP and static addresses need it" },
  ...Object.fromEntries(
    ("process_names process_name checker_process_name vrrp_process_name bfd_process_name tmp_config_directory " +
      "config_save_dir include_check reload_time_file reload_file reload_repeat use_pid_dir instance child_wait_time " +
      "umask max_auto_priority min_auto_priority_delay data_use_instance namespace_with_ipsets json_version " +
      "lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs " +
      "lvs_netlink_monitor_rcv_bufs_force rx_bufs_policy rx_bufs_multiples process_monitor_rcv_bufs " +
      "process_monitor_rcv_bufs_force enable_dbus dbus_service_name dbus_no_interface_name dynamic_interfaces " +
      "disable_local_igmp").split(" ").map((name) => [name, { idle: IDLE_PROCESS }]),
  ),
};

/** Of all that is global. */
export const GLOBAL: Rules = {
  ...GLOBAL_LOST,
  ...GLOBAL_IDLE,
  "notification_email": { form: BLOCK },
  "notification_email_from": { form: SOME },
  "smtp_server": { form: SOME },
  "smtp_alert": { form: FLAG },
  "smtp_alert_checker": { form: FLAG },
  "no_checker_emails": { form: FLAG },
  "lvs_timeouts": { form: SOME },
  "lvs_sync_daemon": { form: SOME },
  "lvs_sync_daemon_interface": { form: SOME, as: "lvs_sync_daemon" },
};

/** What VRRP and BFD have of their own. */
export function otherGlobal(keyword: string): Rule | undefined {
  if (/^(?:vrrp_|nftables|garp_|gna_|snmp_vrrp)/.test(keyword)) return { lost: "lvsctl does not speak VRRP" };
  return keyword.startsWith("bfd_") ? { lost: "lvsctl does not speak BFD" } : undefined;
}

/** The blocks of a file, and what may stand between them. */
export const TOP: Rules = {
  "global_defs": { form: BLOCK, ...MANY },
  "virtual_server": { form: SOME, ...MANY },
  "virtual_server_group": { form: SOME, ...MANY },
  SSL: { form: BLOCK },
  "track_file": { form: SOME, ...MANY },
  "vrrp_track_file": { form: SOME, as: "track_file", ...MANY },
  "vrrp_instance": { form: SOME, ...MANY },
  "net_namespace": { lost: "start lvsctl in it: ip netns exec NAME lvsctl run FILE" },
  "net_namespace_ipvs": { lost: "lvsctl probes from where the table is: ip netns exec NAME lvsctl run FILE" },
  instance: { idle: IDLE_PROCESS },
  "use_pid_dir": { idle: IDLE_PROCESS },
  "child_wait_time": { idle: IDLE_PROCESS },
  "linkbeat_use_polling": { idle: "only VRRP watches links" },
  "linkbeat_interfaces": { idle: "only VRRP watches links" },
  "interface_up_down_delays": { idle: "only VRRP watches links" },
  "bfd_instance": { lost: "lvsctl does not speak BFD" },
  "static_ipaddress": { lost: "addresses, routes and rules belong to the network's configuration" },
  "static_routes": { lost: "addresses, routes and rules belong to the network's configuration" },
  "static_rules": { lost: "addresses, routes and rules belong to the network's configuration" },
};

/** What VRRP has of its own between the blocks of a file. */
export function otherTop(keyword: string): Rule | undefined {
  if (/^(?:vrrp_|track_group|track_process|garp_group)/.test(keyword)) return { lost: "lvsctl does not speak VRRP" };
  // Some of the global ones may stand there, too.
  return undefined;
}
