import type { Rule, Rules } from "./section.ts";
import {
  ADDRESS,
  ANY,
  BLOCK,
  ENDPOINT,
  FLAG,
  type Form,
  integer,
  looseInteger,
  oneOf,
  oneOfAnyCase,
  SCRIPT,
  SOME,
  timer,
} from "./values.ts";
import { GLOBAL_VRRP, TOP_VRRP } from "./vrrp/directives.ts";

// The known directives of each block.

const UINT_MAX = 4_294_967_295;

const MANY = { isList: true } as const;

/** The schedulers of keepalived 2.2.7. */
export const SCHEDULERS: readonly string[] = "rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos".split(" ");

const SCHEDULER = oneOf(...SCHEDULERS);

const METHOD: Form = ({ words: [method = ""] }) => /^(?:NAT|DR|TUN)$/.test(method) ? undefined : "NAT, DR or TUN";

const WEIGHT = looseInteger(0, 2_147_483_647);

/** The timing of checks: in a virtual server, in a real server, in a check. */
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

const SNMP = "lvsctl does not support SNMP";

/** The directives of a virtual server. */
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
  protocol: { form: oneOfAnyCase("TCP", "UDP", "SCTP") },
  "ha_suspend": { lost: "lvsctl checks servers whether this machine has the address or not" },
  omega: { form: FLAG },
  quorum: { form: looseInteger(1, UINT_MAX) },
  hysteresis: { form: looseInteger(0, UINT_MAX) },
  "quorum_up": { form: SCRIPT },
  "quorum_down": { form: SCRIPT },
  weight: { form: looseInteger(1, 2_147_483_647) },
  "sorry_server": { form: ENDPOINT },
  "sorry_server_inhibit": { lost: "lvsctl has a fallback in the table only while it is needed" },
  "sorry_server_lvs_method": { form: METHOD },
  "inhibit_on_failure": { form: FLAG },
  "smtp_alert": { form: FLAG },
  virtualhost: { form: SOME },
  "snmp_name": { lost: SNMP },
  "real_server": { form: ENDPOINT, ...MANY },
};

/** The kinds of checks. */
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

/** The directives of a real server. */
export const REAL_SERVER: Rules = {
  ...TIMING,
  weight: { form: WEIGHT },
  "lvs_method": { form: METHOD },
  uthreshold: { form: looseInteger(0, UINT_MAX) },
  lthreshold: { form: looseInteger(0, UINT_MAX) },
  "inhibit_on_failure": { form: FLAG },
  "notify_up": { form: SCRIPT },
  "notify_down": { form: SCRIPT },
  "smtp_alert": { form: FLAG },
  virtualhost: { form: SOME },
  "snmp_name": { lost: SNMP },
  ...Object.fromEntries(CHECKERS.map((type) => [type, { form: BLOCK, as: "checker", ...MANY }])),
};

const IDLE_LOG = "lvsctl logs the failures that change a server's health";

const CHECKER_TIMING: Rules = {
  ...TIMING,
  retry: { form: looseInteger(0, UINT_MAX) },
  "log_all_failures": { idle: IDLE_LOG },
};

const CONNECTION: Rules = {
  "connect_ip": { form: ADDRESS },
  "connect_port": { form: looseInteger(1, 65535) },
  bindto: { form: ADDRESS },
  "bind_port": { lost: "lvsctl checks from any free port" },
  "bind_if": { form: SOME },
  fwmark: { form: looseInteger(0, UINT_MAX) },
};

const HTTP: Rules = {
  ...CHECKER_TIMING,
  ...CONNECTION,
  "http_protocol": { form: oneOf("1.0", "1.0C", "1.1", "1.0c") },
  virtualhost: { form: SOME },
  "fast_recovery": { idle: "lvsctl requests all URLs in every probe" },
  "tls_compliant": { lost: "for lvsctl a TLS connection that ends without close_notify is not a failure by itself" },
  "nb_get_retry": { form: integer(0, UINT_MAX), as: "retry" },
  url: { form: BLOCK, ...MANY },
};

/** The directives of each kind of check. */
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

/** The directives of a host in an SMTP check. */
export const SMTP_HOST: Rules = CONNECTION;

/** The directives of a URL. */
export const URL_BLOCK: Rules = {
  path: { form: SOME },
  digest: { form: SOME },
  "status_code": { form: SOME },
  virtualhost: { form: SOME },
  regex: { form: SOME },
  "regex_no_match": { form: ANY },
  "regex_options": { form: SOME, ...MANY },
  "regex_stack": { idle: "the regular expressions of lvsctl need no stack" },
  "regex_min_offset": { lost: "lvsctl matches regular expressions against the whole body" },
  "regex_max_offset": { lost: "lvsctl matches regular expressions against the whole body" },
  "tls_compliant": { lost: "for lvsctl a TLS connection that ends without close_notify is not a failure by itself" },
};

/** The directives of the client's certificate. */
export const SSL: Rules = {
  password: { lost: "lvsctl cannot read keys with a password; store the key without one, readable by root only" },
  ca: { idle: "keepalived does not verify certificates, and the converted file does not either" },
  certificate: { form: SOME },
  key: { form: SOME },
};

/** The directives of a tracked file. */
export const TRACK_FILE: Rules = {
  file: { form: SOME },
  weight: { form: SOME },
  "init_file": { lost: "lvsctl does not write the files that it watches" },
};

const PROCESS = "set it in the service manager: see systemd.exec(5)";
const FIFO = "lvsctl notifies by commands, webhooks, mails and log lines";
const IDLE_PROCESS = "it concerns keepalived's own processes and files";

const GLOBAL_LOST: Rules = {
  "lvs_flush": {
    lost: "lvsctl run leaves the services of other programs as they are; lvsctl apply --prune removes them",
  },
  "net_namespace": { lost: "start lvsctl in it: ip netns exec NAME lvsctl run FILE" },
  "net_namespace_ipvs": { lost: "lvsctl probes from the table's namespace: ip netns exec NAME lvsctl run FILE" },
  "nftables_ipvs": { lost: "the group becomes one service for each of its addresses; lvsctl sets no firewall marks" },
  "nftables_ipvs_priority": { lost: "lvsctl sets no firewall marks" },
  "nftables_ipvs_start_fwmark": { lost: "lvsctl sets no firewall marks" },
  "notify_fifo": { lost: FIFO },
  "notify_fifo_script": { lost: FIFO },
  "lvs_notify_fifo": { lost: FIFO },
  "lvs_notify_fifo_script": { lost: FIFO },
  "rs_init_notifies": { lost: "lvsctl reports changes only" },
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
  "startup_script": { lost: "run it by the service manager: ExecStartPre= of systemd" },
  "startup_script_timeout": { lost: "run the script by the service manager: ExecStartPre= of systemd" },
  "shutdown_script": { lost: "run it by the service manager: ExecStopPost= of systemd" },
  "shutdown_script_timeout": { lost: "run the script by the service manager: ExecStopPost= of systemd" },
  "smtp_helo_name": { lost: "lvsctl greets mail servers with the name of this machine" },
};

const GLOBAL_IDLE: Rules = {
  "lvs_flush_on_stop": {
    idle: "lvsctl run leaves its services in the table when it stops; with --on-exit remove it removes them",
  },
  "smtp_connect_timeout": { idle: "lvsctl has 10 seconds for a mail, and nothing waits for it" },
  "checker_log_all_failures": { idle: IDLE_LOG },
  "router_id": { idle: "only VRRP and the subject of mails use it" },
  "enable_script_security": { idle: "lvsctl runs the programs in its file as its own user" },
  "use_symlink_paths": { idle: "lvsctl runs the programs in its file as its own user" },
  "set_supplementary_groups": { idle: "lvsctl runs the programs in its file as its own user" },
  "reload_check_config": { idle: "lvsctl always checks its file before it uses it" },
  "no_email_faults": { form: FLAG },
  "smtp_alert_vrrp": { form: FLAG },
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

/** The global directives. */
export const GLOBAL: Rules = {
  ...GLOBAL_VRRP,
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

/** The rule of a global directive of BFD; undefined for other directives. */
export function otherGlobal(keyword: string): Rule | undefined {
  return keyword.startsWith("bfd_") ? { lost: "lvsctl does not support BFD" } : undefined;
}

/** The blocks of a file, and the directives outside of blocks. */
export const TOP: Rules = {
  ...TOP_VRRP,
  "global_defs": { form: BLOCK, ...MANY },
  "virtual_server": { form: SOME, ...MANY },
  "virtual_server_group": { form: SOME, ...MANY },
  SSL: { form: BLOCK },
  "track_file": { form: SOME, ...MANY },
  "vrrp_track_file": { form: SOME, as: "track_file", ...MANY },
  "net_namespace": { lost: "start lvsctl in it: ip netns exec NAME lvsctl run FILE" },
  "net_namespace_ipvs": { lost: "lvsctl probes from the table's namespace: ip netns exec NAME lvsctl run FILE" },
  instance: { idle: IDLE_PROCESS },
  "use_pid_dir": { idle: IDLE_PROCESS },
  "child_wait_time": { idle: IDLE_PROCESS },
  "linkbeat_use_polling": { idle: "only VRRP watches links" },
  "linkbeat_interfaces": { idle: "only VRRP watches links" },
  "interface_up_down_delays": { idle: "only VRRP watches links" },
  "bfd_instance": { lost: "lvsctl does not support BFD" },
  "static_ipaddress": { lost: "addresses, routes and rules belong to the network's configuration" },
  "static_routes": { lost: "addresses, routes and rules belong to the network's configuration" },
  "static_rules": { lost: "addresses, routes and rules belong to the network's configuration" },
};
