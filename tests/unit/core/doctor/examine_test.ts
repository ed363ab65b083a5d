import assert from "node:assert/strict";
import { readConfig } from "../../../../core/config/mod.ts";
import { examine, isProblem, safeSteps, stepCommand } from "../../../../core/doctor/mod.ts";
import type { EntryFacts } from "../../../../core/doctor/facts.ts";
import { parseIpAddress, type RealServer } from "../../../../core/model/mod.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { type Changes, director, route, service } from "./healthy.ts";

/** A director that has something wrong, what is found then, and a change of it after which it is not found. */
interface Case {
  readonly name: string;
  readonly wrong: Changes;
  /** Severity, id, and the object where it has one. */
  readonly finding: string;
  /** The commands of its fix; with "safe:" before them if --fix runs them. */
  readonly fix?: readonly string[];
  /** What its words have to say. */
  readonly says?: RegExp;
  /** A director that is like it, and right. */
  readonly right?: Changes;
}

const VIP = parseIpAddress("192.0.2.10");
const DR = service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80"]);
const SYNC = { role: "master", interface: "eth1", syncId: 1 } as const;
const BACKUP = { role: "backup", interface: "eth1", syncId: 1 } as const;
const IPV6 = service("tcp://[2001:db8::10]:80", ["nat [2001:db8:1::11]:80"]);

/** An IPv6 service, whose VIP is there. */
const IPV6_DIRECTOR: Changes = {
  services: [IPV6],
  network: {
    addresses: [{ address: parseIpAddress("2001:db8::10"), device: "eth0", state: "up" }],
    routes: { "2001:db8:1::11": route("eth1") },
  },
};

function onDevice(device: string): Required<Changes>["network"] {
  return { addresses: [{ address: VIP, device, state: "up" }] };
}

/** A service of the kernel's table. */
function entry(id: string, servers: readonly RealServer[]): EntryFacts {
  return { service: virtualService(id), servers };
}

const CASES: readonly Case[] = [
  {
    name: "ICMPv6 redirects to nat servers on the link of the VIPs",
    wrong: {
      services: [IPV6],
      network: {
        addresses: [{ address: parseIpAddress("2001:db8::10"), device: "eth1", state: "up" }],
        routes: { "2001:db8:1::11": route("eth1") },
      },
    },
    finding: "note send-redirects eth1",
    fix: ["ip6tables -A OUTPUT -o eth1 -p icmpv6 --icmpv6-type redirect -j DROP"],
    right: IPV6_DIRECTOR,
  },
  {
    name: "a kernel without IPVS",
    wrong: { modules: { "ip_vs": "missing" } },
    finding: "error ipvs-module",
    says: /6\.1\.0-18-amd64 has no IPVS/,
  },
  {
    name: "a module that is not loaded yet",
    wrong: { modules: { "ip_vs": "loadable" } },
    finding: "warning ipvs-module",
    fix: ["safe:", "modprobe ip_vs"],
  },
  {
    name: "a scheduler that the kernel does not have",
    wrong: { services: [service("tcp://192.0.2.10:80", [], { scheduler: "mh" })], modules: { "ip_vs_mh": "missing" } },
    finding: "error scheduler-module mh",
    says: /tcp:\/\/192\.0\.2\.10:80/,
    right: { services: [service("tcp://192.0.2.10:80", [], { scheduler: "mh" })], modules: { "ip_vs_mh": "loadable" } },
  },
  {
    name: "FTP by nat without its helper",
    wrong: { services: [service("tcp://192.0.2.10:21")] },
    finding: "warning ftp-module",
    fix: ["safe:", "modprobe ip_vs_ftp"],
    right: { services: [service("tcp://192.0.2.10:21", ["dr 10.0.0.11:21"])] },
  },
  {
    name: "root without CAP_NET_ADMIN",
    wrong: { process: { isRoot: true, capabilities: new Set(), isInitialUserNamespace: true } },
    finding: "error capability CAP_NET_ADMIN",
  },
  {
    name: "root without CAP_NET_RAW",
    wrong: { process: { isRoot: true, capabilities: new Set(["CAP_NET_ADMIN"]), isInitialUserNamespace: true } },
    finding: "warning capability CAP_NET_RAW",
  },
  {
    name: "root without CAP_SYS_MODULE where nothing is left to load",
    wrong: {
      process: { isRoot: true, capabilities: new Set(["CAP_NET_ADMIN", "CAP_NET_RAW"]), isInitialUserNamespace: true },
    },
    finding: "note capability CAP_SYS_MODULE",
  },
  {
    name: "a user namespace",
    wrong: { process: { isRoot: true, capabilities: new Set(), isInitialUserNamespace: false } },
    finding: "error user-namespace",
  },
  {
    name: "somebody who is not root",
    wrong: { process: { isRoot: false, capabilities: new Set(), isInitialUserNamespace: true } },
    finding: "note not-root",
    right: { process: { isRoot: false, capabilities: new Set(["CAP_NET_ADMIN"]), isInitialUserNamespace: true } },
  },
  {
    name: "keepalived beside it",
    wrong: { managers: [{ name: "keepalived", pid: 77, commandLine: "/usr/sbin/keepalived --dont-fork" }] },
    finding: "warning other-manager keepalived",
    fix: ["systemctl disable --now keepalived"],
    says: /process 77/,
    right: { managers: [{ name: "keepalived", pid: 77, commandLine: "/usr/sbin/keepalived -D -P" }] },
  },
  {
    name: "kube-proxy beside it",
    wrong: { managers: [{ name: "kube-proxy", pid: 9, commandLine: "kube-proxy --proxy-mode=ipvs" }] },
    finding: "warning other-manager kube-proxy",
  },
  {
    name: "a VIP that no interface has",
    wrong: { network: { addresses: [], routes: { "192.0.2.10": route("eth0") } } },
    finding: "error vip-missing 192.0.2.10",
    fix: ["lvsctl vip add 192.0.2.10/32 --device eth0"],
    right: { network: { addresses: [], routes: { "192.0.2.10": { kind: "local", device: "lo" } } } },
  },
  {
    name: "a VIP that no interface has, and whose link is not known",
    wrong: { network: { addresses: [], routes: { "192.0.2.10": route("eth0", { gateway: "192.0.2.1" }) } } },
    finding: "error vip-missing 192.0.2.10",
    fix: ["lvsctl vip add 192.0.2.10/32 --device eth0"],
    right: { network: { addresses: [] }, declaredVips: new Set([VIP]) },
  },
  {
    name: "a VIP that no interface has, and that is not an address of a virtual router",
    wrong: { network: { addresses: [], routes: { "192.0.2.10": route("eth0") } } },
    finding: "error vip-missing 192.0.2.10",
    right: { network: { addresses: [] }, routerAddresses: new Set([VIP]) },
  },
  {
    name: "a VIP that a standby director does not have",
    wrong: { network: { addresses: [] }, table: { syncDaemons: [BACKUP] } },
    finding: "note vip-missing 192.0.2.10",
  },
  {
    name: "a VIP on an interface that is down",
    wrong: { network: { links: [{ name: "eth0", isUp: false, hasNeighbours: true }] } },
    finding: "error vip-down 192.0.2.10",
    fix: ["ip link set dev eth0 up"],
    right: {
      network: {
        ...onDevice("kube-ipvs0"),
        links: [{ name: "kube-ipvs0", isUp: false, hasNeighbours: false }],
        routes: { "192.0.2.10": { kind: "local", device: "lo" } },
      },
    },
  },
  {
    name: "a VIP on a dummy that is down, to which the kernel accepts no packets",
    wrong: {
      network: {
        ...onDevice("dummy0"),
        links: [{ name: "dummy0", isUp: false, hasNeighbours: false }],
        routes: { "192.0.2.10": route("eth0") },
      },
    },
    finding: "error vip-down 192.0.2.10",
  },
  {
    name: "a VIP that a real server answers for",
    wrong: {
      services: [DR],
      network: {
        neighbours: [{
          address: parseIpAddress("10.0.0.11"),
          device: "eth0",
          state: "known",
          hardwareAddress: "02:00:00:00:00:11",
        }],
        holders: [{ address: VIP, device: "eth0", hardwareAddress: "02:00:00:00:00:11" }],
      },
    },
    finding: "error vip-claimed 192.0.2.10",
    fix: ["lvsctl realserver setup 192.0.2.10 --forward dr"],
    says: /and 10\.0\.0\.11 \(02:00:00:00:00:11\) answers for it on eth0/,
    right: { services: [DR], network: { holders: [] } },
  },
  {
    name: "a VIP that another host has, which vip add would refuse",
    wrong: {
      network: {
        addresses: [],
        routes: { "192.0.2.10": route("eth0") },
        holders: [{ address: VIP, device: "eth0", hardwareAddress: "02:00:00:00:00:99" }],
      },
    },
    finding: "error vip-missing 192.0.2.10",
    fix: [],
    says: /02:00:00:00:00:99 answers for it on eth0: .*remove it from that host first/,
  },
  {
    name: "a VIP that is a broadcast address",
    wrong: { network: { addresses: [], routes: { "192.0.2.10": { kind: "none", device: "eth0" } } } },
    finding: "error listen-unreachable 192.0.2.10",
    fix: [],
  },
  {
    name: "a service without servers",
    wrong: { table: { entries: [entry("tcp://192.0.2.10:80", [])] } },
    finding: "warning no-servers tcp://192.0.2.10:80",
    says: /^tcp:\/\/192\.0\.2\.10:80: the service has no servers: every connection fails/,
    right: { table: { entries: [entry("tcp://192.0.2.10:80", [realServer("10.0.0.11:80")])] } },
  },
  {
    name: "a server that is another service",
    wrong: {
      table: {
        entries: [
          entry("tcp://192.0.2.10:80", [realServer("192.0.2.20:80")]),
          entry("tcp://192.0.2.20:80", [realServer("10.0.0.11:80")]),
        ],
      },
    },
    finding: "warning server-is-service tcp://192.0.2.10:80",
    says: /^tcp:\/\/192\.0\.2\.10:80: 192\.0\.2\.20:80 is the service tcp:\/\/192\.0\.2\.20:80, but /,
  },
  {
    name: "a service whose weights are all 0",
    wrong: { table: { entries: [entry("tcp://192.0.2.10:80", [realServer("10.0.0.11:80", { weight: 0 })])] } },
    finding: "warning weights-zero tcp://192.0.2.10:80",
  },
  {
    name: "a VIP that no host can have, without a command that vip add refuses",
    wrong: {
      services: [service("tcp://224.0.0.9:80")],
      table: { entries: [entry("tcp://224.0.0.9:80", [realServer("10.0.0.11:80")])] },
    },
    finding: "error listen-unreachable tcp://224.0.0.9:80",
    fix: [],
  },
  {
    name: "dr, which the director itself cannot use",
    wrong: { services: [DR] },
    finding: "note own-requests tcp://192.0.2.10:80",
    says: /another host/,
  },
  {
    name: "nat servers on the link of the VIPs",
    wrong: { network: onDevice("eth1") },
    finding: "note nat-hairpin 10.0.0.11, 10.0.0.12",
    fix: ["iptables -t nat -A POSTROUTING -m ipvs --ipvs -j MASQUERADE"],
    says: /net\.ipv4\.vs\.conntrack = 1 \(it is 0\)/,
  },
  {
    name: "TCP connections that are forgotten before keepalive tests them",
    wrong: {
      sysctls: { "net.ipv4.tcp_keepalive_time": "7200" },
      table: { timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 } },
    },
    finding: "note tcp-keepalive",
    fix: ["sysctl -w net.ipv4.tcp_keepalive_time=450", "lvsctl timeouts --tcp 7260s"],
    right: {
      sysctls: { "net.ipv4.tcp_keepalive_time": "600" },
      table: { timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 } },
    },
  },
  {
    name: "tunnels, into which smaller packets fit",
    wrong: {
      services: [service("tcp://192.0.2.10:80", ["tun 10.0.0.11:80"])],
      network: {
        links: [
          { name: "eth0", isUp: true, hasNeighbours: true, mtu: 1500 },
          { name: "eth1", isUp: true, hasNeighbours: true, mtu: 9000 },
        ],
      },
    },
    finding: "note tunnel-mtu 10.0.0.11",
    says: /at most 8980 of the link's 9000 bytes/,
  },
  {
    name: "tunnels that start from a VIP, which the real servers have too",
    wrong: {
      services: [service("tcp://[2001:db8::10]:80", ["tun [2001:db8::11]:80"])],
      network: {
        addresses: [{ address: parseIpAddress("2001:db8::10"), device: "eth0", state: "up" }],
        routes: { "2001:db8::11": route("eth0", { source: "2001:db8::10" }) },
      },
    },
    finding: "error vip-source 2001:db8::11",
    fix: ["ip -6 address change 2001:db8::10/128 dev eth0 preferred_lft 0"],
    right: {
      services: [service("tcp://[2001:db8::10]:80", ["tun [2001:db8::11]:80"])],
      network: {
        addresses: [{ address: parseIpAddress("2001:db8::10"), device: "eth0", state: "up" }],
        routes: { "2001:db8::11": route("eth0", { source: "2001:db8::1" }) },
      },
    },
  },
  {
    name: "libnl that is not installed",
    wrong: { missingLibrary: "install it with: apt-get install libnl-genl-3-200" },
    finding: "error libnl-missing",
    fix: ["apt-get install libnl-genl-3-200"],
  },
  {
    name: "a VIP that another host has",
    wrong: { network: { addresses: [{ address: VIP, device: "eth0", state: "duplicate" }] } },
    finding: "error vip-unusable 192.0.2.10",
  },
  {
    name: "a VIP that is tentative",
    wrong: { network: { addresses: [{ address: VIP, device: "eth0", state: "tentative" }] } },
    finding: "warning vip-unusable 192.0.2.10",
  },
  {
    name: "a server without a route",
    wrong: { network: { routes: { "10.0.0.11": { kind: "unreachable" }, "10.0.0.12": { kind: "unreachable" } } } },
    finding: "error server-unreachable 10.0.0.11, 10.0.0.12",
    fix: ["ip route add 10.0.0.11 via ROUTER"],
    says: /has no route/,
  },
  {
    name: "a dr server without a route",
    wrong: {
      services: [service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80", "tun 10.0.0.12:80"])],
      network: { routes: { "10.0.0.11": { kind: "unreachable" }, "10.0.0.12": { kind: "unreachable" } } },
    },
    finding: "error server-unreachable 10.0.0.11",
    fix: ["ip route add 10.0.0.11 dev DEVICE"],
  },
  {
    name: "a server on a route that drops packets",
    wrong: { network: { routes: { "10.0.0.12": { kind: "blackhole" } } } },
    finding: "error server-unreachable 10.0.0.12",
    says: /of type blackhole/,
  },
  {
    name: "a dr server behind a router",
    wrong: { services: [DR], network: { routes: { "10.0.0.11": route("eth1", { gateway: "10.0.0.254" }) } } },
    finding: "error server-not-on-link 10.0.0.11",
    fix: ["lvsctl server edit tcp://192.0.2.10:80 10.0.0.11:80 --forward tun"],
    says: /via 10\.0\.0\.254 on eth1/,
    right: {
      services: [service("tcp://192.0.2.10:80", ["tun 10.0.0.11:80"])],
      network: { routes: { "10.0.0.11": route("eth1", { gateway: "10.0.0.254" }) } },
    },
  },
  {
    name: "a server that does not answer ARP",
    wrong: { network: { neighbours: [{ address: parseIpAddress("10.0.0.12"), device: "eth1", state: "failed" }] } },
    finding: "warning neighbour 10.0.0.12",
    fix: ["ip neigh show 10.0.0.12 dev eth1", "ping -c 1 10.0.0.12"],
    right: { network: { neighbours: [{ address: parseIpAddress("10.0.0.12"), device: "eth0", state: "failed" }] } },
  },
  {
    name: "the router to servers that does not answer ARP",
    wrong: {
      network: {
        routes: { "10.0.0.12": route("eth1", { gateway: "10.0.0.254" }) },
        neighbours: [{ address: parseIpAddress("10.0.0.254"), device: "eth1", state: "incomplete" }],
      },
    },
    finding: "warning neighbour 10.0.0.254",
    says: /is the router to 10\.0\.0\.12/,
  },
  {
    name: "nat servers, whose way back cannot be seen",
    wrong: {},
    finding: "note nat-return-path 10.0.0.11, 10.0.0.12",
    fix: ["ip route get CLIENT"],
    says: /"via 10\.0\.0\.1"/,
    right: { services: [DR] },
  },
  {
    name: "nat servers behind a router",
    wrong: { network: { routes: { "10.0.0.12": route("eth1", { gateway: "10.0.0.254", source: "10.0.0.1" }) } } },
    finding: "note nat-return-path 10.0.0.12",
    says: /10\.0\.0\.254 is the nearest/,
  },
  {
    name: "nat without forwarding",
    wrong: { sysctls: { "net.ipv4.ip_forward": "0" } },
    finding: "error ip-forward",
    fix: ["safe:", "sysctl -w net.ipv4.ip_forward=1"],
    right: { sysctls: { "net.ipv4.ip_forward": "0" }, services: [DR] },
  },
  {
    name: "nat over IPv6 without forwarding",
    wrong: { ...IPV6_DIRECTOR, sysctls: { "net.ipv6.conf.all.forwarding": "0" } },
    finding: "error ipv6-forwarding",
    fix: ["safe:", "sysctl -w net.ipv6.conf.all.forwarding=1"],
    right: { sysctls: { "net.ipv6.conf.all.forwarding": "0" } },
  },
  {
    name: "nat over IPv6 without forwarding, by one interface of two",
    wrong: {
      ...IPV6_DIRECTOR,
      sysctls: { "net.ipv6.conf.all.forwarding": "0", "net.ipv6.conf.eth0.force_forwarding": "1" },
    },
    finding: "error ipv6-forwarding",
    right: {
      ...IPV6_DIRECTOR,
      sysctls: { "net.ipv6.conf.all.forwarding": "0", "net.ipv6.conf.eth1.force_forwarding": "1" },
    },
  },
  {
    name: "nat over IPv6 without forwarding, where a router announced the default route",
    wrong: {
      ...IPV6_DIRECTOR,
      sysctls: { "net.ipv6.conf.all.forwarding": "0", "net.ipv6.conf.eth0/7.accept_ra": "1" },
      defaultDevices: { ipv4: [], announcedIpv6: ["eth0.7"] },
    },
    finding: "error ipv6-forwarding",
    fix: [
      "safe:",
      "sysctl -w net.ipv6.conf.eth0/7.accept_ra=2",
      "sysctl -w net.ipv6.conf.all.forwarding=1",
    ],
  },
  {
    name: "redirects where clients and nat servers are on one link",
    wrong: { network: onDevice("eth1"), sysctls: { "net.ipv4.conf.all.send_redirects": "1" } },
    finding: "warning send-redirects eth1",
    fix: ["safe:", "sysctl -w net.ipv4.conf.all.send_redirects=0", "sysctl -w net.ipv4.conf.eth1.send_redirects=0"],
    right: { sysctls: { "net.ipv4.conf.all.send_redirects": "1" } },
  },
  {
    name: "a strict rp_filter where packets do not leave",
    wrong: { sysctls: { "net.ipv4.conf.all.rp_filter": "1" }, defaultDevices: { ipv4: ["eth1"], announcedIpv6: [] } },
    finding: "warning rp-filter eth0",
    fix: ["safe:", "sysctl -w net.ipv4.conf.eth0.rp_filter=2"],
    right: { sysctls: { "net.ipv4.conf.all.rp_filter": "1" } },
  },
  {
    name: "a VIP on lo that the director does not answer for",
    wrong: { network: onDevice("lo"), sysctls: { "net.ipv4.conf.all.arp_ignore": "1" } },
    finding: "warning arp-ignore 192.0.2.10",
    fix: ["lvsctl vip add 192.0.2.10 --device eth0 --force"],
    right: { sysctls: { "net.ipv4.conf.all.arp_ignore": "1" } },
  },
  {
    name: "an interface that answers no ARP request",
    wrong: { sysctls: { "net.ipv4.conf.eth0.arp_ignore": "8" } },
    finding: "warning arp-ignore 192.0.2.10",
    fix: ["safe:", "sysctl -w net.ipv4.conf.eth0.arp_ignore=0"],
    right: { network: onDevice("lo") },
  },
  {
    name: "connections of deleted servers that stay, with UDP",
    wrong: {
      services: [service("udp://192.0.2.10:53", ["dr 10.0.0.11:53"])],
      sysctls: { "net.ipv4.vs.expire_nodest_conn": "0" },
    },
    finding: "warning expire-nodest-conn",
    fix: ["safe:", "sysctl -w net.ipv4.vs.expire_nodest_conn=1"],
    says: /udp:\/\/192\.0\.2\.10:53/,
  },
  {
    name: "connections of deleted servers that stay, without UDP",
    wrong: { sysctls: { "net.ipv4.vs.expire_nodest_conn": "0" } },
    finding: "note expire-nodest-conn",
  },
  {
    name: "persistent clients that stay with a quiesced server",
    wrong: {
      services: [service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80"], { isPersistent: true })],
      sysctls: { "net.ipv4.vs.expire_quiescent_template": "0" },
    },
    finding: "warning template-kept",
    fix: ["safe:", "sysctl -w net.ipv4.vs.expire_quiescent_template=1"],
    right: { sysctls: { "net.ipv4.vs.expire_quiescent_template": "0" } },
  },
  {
    name: "reused ports with conntrack before Linux 5.9",
    wrong: { release: "5.8.18", sysctls: { "net.ipv4.vs.conntrack": "1" } },
    finding: "warning conn-reuse-mode",
    fix: ["sysctl -w net.ipv4.vs.conn_reuse_mode=0"],
    says: /a second/,
    right: { release: "5.9.0", sysctls: { "net.ipv4.vs.conntrack": "1" } },
  },
  {
    name: "reused ports that stick to the old server from Linux 5.9 on",
    wrong: { release: "5.10.0-8-amd64", sysctls: { "net.ipv4.vs.conntrack": "1", "net.ipv4.vs.conn_reuse_mode": "0" } },
    finding: "warning conn-reuse-mode",
    fix: ["safe:", "sysctl -w net.ipv4.vs.conn_reuse_mode=1"],
    right: { release: "4.19.0", sysctls: { "net.ipv4.vs.conntrack": "1", "net.ipv4.vs.conn_reuse_mode": "0" } },
  },
  {
    name: "reused ports that stick to the old server without conntrack, on any kernel",
    wrong: { release: "4.19.0", sysctls: { "net.ipv4.vs.conn_reuse_mode": "0" } },
    finding: "warning conn-reuse-mode",
    fix: ["safe:", "sysctl -w net.ipv4.vs.conn_reuse_mode=1"],
    right: { release: "4.19.0" },
  },
  {
    name: "reused ports that stick to the old server, unless that has weight 0, from Linux 5.16 on",
    wrong: { sysctls: { "net.ipv4.vs.conn_reuse_mode": "0" } },
    finding: "note conn-reuse-mode",
    right: { sysctls: { "net.ipv4.vs.conn_reuse_mode": "0", "net.ipv4.vs.expire_nodest_conn": "0" } },
  },
  {
    name: "sloppy TCP without a hash",
    wrong: { sysctls: { "net.ipv4.vs.sloppy_tcp": "1" } },
    finding: "warning sloppy-tcp",
    fix: ["safe:", "sysctl -w net.ipv4.vs.sloppy_tcp=0"],
    right: {
      sysctls: { "net.ipv4.vs.sloppy_tcp": "1", "net.ipv4.vs.schedule_icmp": "1" },
      services: [service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80"], { scheduler: "sh" })],
      modules: { "ip_vs_sh": "loaded" },
    },
  },
  {
    name: "ICMP errors that another director of a group gets",
    wrong: {
      sysctls: { "net.ipv4.vs.sloppy_tcp": "1" },
      services: [service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80"], { scheduler: "sh" })],
      modules: { "ip_vs_sh": "loaded" },
    },
    finding: "warning schedule-icmp",
    fix: ["safe:", "sysctl -w net.ipv4.vs.schedule_icmp=1"],
    right: {
      sysctls: { "net.ipv4.vs.sloppy_tcp": "1", "net.ipv4.vs.schedule_icmp": "1" },
      services: [service("tcp://192.0.2.10:80", ["dr 10.0.0.11:80"], { scheduler: "sh" })],
      modules: { "ip_vs_sh": "loaded" },
    },
  },
  {
    name: "sloppy SCTP without a hash",
    wrong: {
      services: [service("sctp://192.0.2.10:80", ["dr 10.0.0.11:80"])],
      sysctls: { "net.ipv4.vs.sloppy_sctp": "1" },
    },
    finding: "warning sloppy-sctp",
    right: { sysctls: { "net.ipv4.vs.sloppy_sctp": "1" } },
  },
  ...["drop_entry", "drop_packet", "secure_tcp"].map((key): Case => ({
    name: `${key} that is always on`,
    wrong: { sysctls: { [`net.ipv4.vs.${key}`]: "3" } },
    finding: `warning ${key.replace("_", "-")}`,
    fix: [`sysctl -w net.ipv4.vs.${key}=1`],
    right: { sysctls: { [`net.ipv4.vs.${key}`]: "2" } },
  })),
  {
    name: "rates that are not counted",
    wrong: { sysctls: { "net.ipv4.vs.run_estimation": "0" } },
    finding: "note run-estimation",
  },
  {
    name: "sync daemons of the old format",
    wrong: { table: { syncDaemons: [SYNC] }, sysctls: { "net.ipv4.vs.sync_version": "0" } },
    finding: "warning sync-version",
    fix: ["safe:", "sysctl -w net.ipv4.vs.sync_version=1"],
    right: { sysctls: { "net.ipv4.vs.sync_version": "0" } },
  },
  {
    name: "sync daemons that tell templates only",
    wrong: { table: { syncDaemons: [SYNC] }, sysctls: { "net.ipv4.vs.sync_persist_mode": "1" } },
    finding: "note sync-persist-mode",
  },
  {
    name: "sync daemons that tell a connection only once",
    wrong: { table: { syncDaemons: [SYNC] }, sysctls: { "net.ipv4.vs.sync_threshold": "3 0" } },
    finding: "warning sync-refresh",
    fix: ['sysctl -w net.ipv4.vs.sync_threshold="3 50"'],
    right: {
      table: { syncDaemons: [SYNC] },
      sysctls: { "net.ipv4.vs.sync_threshold": "3 0", "net.ipv4.vs.sync_refresh_period": "10" },
    },
  },
  {
    name: "sync daemons that tell an idle connection too late",
    wrong: { table: { syncDaemons: [SYNC] }, sysctls: { "net.ipv4.vs.sync_threshold": "3 50" } },
    finding: "note sync-idle",
    fix: ["sysctl -w net.ipv4.vs.sync_refresh_period=10", "sysctl -w net.ipv4.vs.sync_retries=1"],
    right: { table: { syncDaemons: [SYNC] }, sysctls: { "net.ipv4.vs.sync_refresh_period": "10" } },
  },
  {
    name: "both sync daemons on a director that is a backup only",
    wrong: { table: { syncDaemons: [SYNC, BACKUP] }, sysctls: { "net.ipv4.vs.backup_only": "1" } },
    finding: "error backup-only",
    fix: ["safe:", "sysctl -w net.ipv4.vs.backup_only=0"],
    right: { table: { syncDaemons: [BACKUP] }, sysctls: { "net.ipv4.vs.backup_only": "1" } },
  },
  {
    name: "a backup that is a real server too",
    wrong: {
      services: [service("tcp://192.0.2.10:80", ["local 10.0.0.1:80"])],
      table: { syncDaemons: [BACKUP] },
    },
    finding: "warning backup-only",
    fix: ["safe:", "sysctl -w net.ipv4.vs.backup_only=1"],
    right: { services: [service("tcp://192.0.2.10:80", ["local 10.0.0.1:80"])], table: { syncDaemons: [SYNC] } },
  },
  {
    name: "a sync daemon on an interface that is down",
    wrong: {
      table: { syncDaemons: [SYNC] },
      network: {
        links: [{ name: "eth0", isUp: true, hasNeighbours: true }, { name: "eth1", isUp: false, hasNeighbours: true }],
      },
    },
    finding: "error sync-interface eth1",
    fix: ["ip link set dev eth1 up"],
    right: { table: { syncDaemons: [SYNC] } },
  },
  {
    name: "a connection table with long lists",
    wrong: { table: { connections: 20_000 } },
    finding: "warning connection-table",
    fix: ['echo "options ip_vs conn_tab_bits=15" > /etc/modprobe.d/ip_vs.conf'],
    right: { table: { connections: 20_000 }, sysctls: { "net.ipv4.vs.conn_lfactor": "-4" } },
  },
  {
    name: "conntrack that is nearly full",
    wrong: { sysctls: { "net.netfilter.nf_conntrack_count": "800" } },
    finding: "warning conntrack-limit",
    fix: ["sysctl -w net.netfilter.nf_conntrack_max=2000"],
    right: { sysctls: { "net.netfilter.nf_conntrack_count": "799" } },
  },
  {
    name: "conntrack that is full",
    wrong: { sysctls: { "net.netfilter.nf_conntrack_count": "1000" } },
    finding: "error conntrack-limit",
  },
  {
    name: "a neighbour table that is nearly full",
    wrong: { sysctls: { "net.ipv4.neigh.default.gc_thresh3": "1" } },
    finding: "error neighbour-table ipv4",
    fix: ["sysctl -w net.ipv4.neigh.default.gc_thresh3=2"],
    right: { sysctls: { "net.ipv6.neigh.default.gc_thresh3": "1" } },
  },
  {
    name: "what could not be looked at",
    wrong: { unseen: [{ what: "the sync daemons", why: "not permitted" }] },
    finding: "note unseen the sync daemons",
    says: /could not be examined: not permitted/,
  },
];

/** Severity, id and object of what is found, but for what is in order. */
function found(changes: Changes): readonly string[] {
  return examine(director(changes)).filter(({ severity }) => severity !== "ok").map(label);
}

function label({ severity, id, object }: ReturnType<typeof examine>[number]): string {
  return [severity, id, ...(object === undefined ? [] : [object])].join(" ");
}

Deno.test("examine() finds nothing wrong with a healthy director, and says what it looked at", () => {
  const findings = examine(director());
  assert.deepEqual(findings.filter(isProblem), []);
  const fine = new Set(findings.filter(({ severity }) => severity === "ok").map(({ id }) => id));
  for (const id of ["ipvs-module", "scheduler-module", "capability", "vip", "server-route", "ip-forward"]) {
    assert.ok(fine.has(id), id);
  }
});

Deno.test("examine() says nothing of what is not known", () => {
  const facts = director();
  const { process: _process, network: _network, table: _table, ...rest } = facts;
  const findings = examine({ ...rest, services: [], sysctls: new Map(), modules: new Map([["ip_vs", "loaded"]]) });
  assert.deepEqual(findings.map(label), ["ok ipvs-module"]);
});

Deno.test("examine() puts the worst first", () => {
  const findings = examine(director({
    sysctls: { "net.ipv4.ip_forward": "0", "net.ipv4.vs.sloppy_tcp": "1", "net.ipv4.vs.run_estimation": "0" },
  }));
  const order = ["error", "warning", "note", "ok"];
  const ranks = findings.map(({ severity }) => order.indexOf(severity));
  assert.deepEqual(ranks, ranks.toSorted((a, b) => a - b));
  assert.deepEqual(new Set(ranks).size, 4);
});

for (const { name, wrong, finding, fix, says, right = {} } of CASES) {
  Deno.test(`examine() finds ${name}: ${finding}`, () => {
    const one = examine(director(wrong)).find((candidate) => label(candidate) === finding);
    assert.ok(one !== undefined, `found: ${found(wrong).join("; ")}`);
    const commands = one.fix?.steps.map(stepCommand) ?? [];
    if (fix !== undefined) assert.deepEqual(one.fix?.isSafe ? ["safe:", ...commands] : commands, fix);
    if (says !== undefined) assert.match(`${one.what}: ${one.why}`, says);
    assert.ok(!/[.;,]$/.test(one.what) && !one.what.includes("\n"), one.what);
    // The healthy director has one too.
    if (finding.startsWith("note nat-return-path") && right.services === undefined) return;
    assert.ok(!found(right).includes(finding), `still found: ${found(right).join("; ")}`);
  });
}

Deno.test("examine() has the codes of config check for the same facts", async () => {
  const text = "version: 1\nvips: []\nservices:\n" +
    "  - { listen: 'tcp://192.0.2.10:80', persistence: { timeout: 5m }, servers: ['10.0.0.11:80'] }\n";
  const lint = { expiresQuiescentTemplates: false, addresses: new Set<never>() };
  const { warnings } = await readConfig(text, { file: "lvs.yaml", lint });
  const facts = director({
    services: [service("tcp://192.0.2.10:80", ["nat 10.0.0.11:80"], { isPersistent: true })],
    sysctls: { "net.ipv4.vs.expire_quiescent_template": "0" },
    network: { addresses: [] },
  });
  const ids = examine(facts).filter(isProblem).map(({ id }) => id);
  assert.deepEqual(ids.toSorted(), warnings.map(({ code }) => code).toSorted());
  assert.deepEqual(ids.toSorted(), ["template-kept", "vip-missing"]);
});

/** Many services, each with its own VIP. */
const MANY = Array.from({ length: 1000 }, (_, index) => `tcp://198.51.${100 + (index >> 8)}.${index & 255}:80`);

Deno.test("examine() says once what holds of many services", () => {
  const facts = director({
    services: MANY.map((name) => service(name, [])),
    table: { entries: MANY.map((name) => entry(name, [])) },
    network: { addresses: [], routes: {} },
  });
  const problems = examine(facts).filter(isProblem);
  assert.deepEqual(problems.map(({ id }) => id), ["vip-missing", "no-servers"]);
  for (const { object = "", fix } of problems) {
    assert.match(object, / and 995 more$/);
    assert.ok((fix?.steps.length ?? 0) <= 5);
  }
});

Deno.test("examine() says once what holds of many servers, whose names differ", () => {
  const entries = MANY.slice(0, 9).map((name, index) => entry(name, [realServer(`127.0.0.${index + 1}:8080`)]));
  const found = examine(director({ table: { entries } })).filter(({ id }) => id === "server-loopback");
  assert.deepEqual(found.map(({ what, why }) => [what.slice(0, 53), why]), [[
    "tcp://198.51.100.0:80: nat does not reach 127.0.0.1:8",
    "the same holds 8 more times, in tcp://198.51.100.1:80, tcp://198.51.100.2:80, tcp://198.51.100.3:80, " +
    "tcp://198.51.100.4:80, tcp://198.51.100.5:80 and 3 more",
  ]]);
});

Deno.test("examine() says once what holds of many silent servers", () => {
  const servers = Array.from({ length: 100 }, (_, index) => `10.0.1.${index}`);
  const facts = director({
    services: [service("tcp://192.0.2.10:80", servers.map((address) => `nat ${address}:80`))],
    network: {
      routes: Object.fromEntries(servers.map((address) => [address, route("eth1")])),
      neighbours: servers.map((address) => ({ address: parseIpAddress(address), device: "eth1", state: "failed" })),
    },
  });
  assert.deepEqual(examine(facts).filter(isProblem).map(({ id, object }) => `${id} ${object}`), [
    "neighbour 10.0.1.0, 10.0.1.1, 10.0.1.2, 10.0.1.3, 10.0.1.4 and 95 more",
  ]);
});

Deno.test("safeSteps() has each step once, of problems only, and none that a person has to decide about", () => {
  const findings = examine(director({
    network: onDevice("eth1"),
    services: [service("tcp://192.0.2.10:80"), service("tcp://192.0.2.10:81", ["dr 10.0.0.12:81"])],
    sysctls: {
      "net.ipv4.ip_forward": "0",
      "net.ipv4.conf.eth1.send_redirects": "1",
      "net.ipv4.vs.drop_entry": "3",
      "net.ipv4.vs.expire_nodest_conn": "0",
    },
  }));
  assert.deepEqual(safeSteps(findings).map(({ id, step }) => `${id}: ${stepCommand(step)}`), [
    "ip-forward: sysctl -w net.ipv4.ip_forward=1",
    "send-redirects: sysctl -w net.ipv4.conf.all.send_redirects=0",
    "send-redirects: sysctl -w net.ipv4.conf.eth1.send_redirects=0",
  ]);
});
