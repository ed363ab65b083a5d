import { formatServiceId } from "../model/mod.ts";
import { type Facts, isKernelAtLeast, type ServiceFacts } from "./facts.ts";
import { type Finding, fine, listNames, proposedSetting, setting } from "./finding.ts";

/** The full name of a sysctl of IPVS. */
export function ipvsSysctl(key: string): string {
  return `net.ipv4.vs.${key}`;
}

/** IPVS sysctls that do not suit the services or the kernel's version. */
export function examineIpvsSettings(facts: Facts): Finding[] {
  return [
    ...examineRemovedServers(facts),
    ...examineTemplates(facts),
    ...examinePortReuse(facts),
    ...examineSloppiness(facts),
    ...examineIcmp(facts),
    ...examineDefences(facts),
    ...examineEstimation(facts),
  ];
}

function valueOf({ sysctls }: Facts, key: string): string | undefined {
  return sysctls.get(ipvsSysctl(key));
}

function names(services: readonly ServiceFacts[]): string {
  return listNames(services.map(({ id }) => formatServiceId(id)));
}

/** Connections of deleted servers. */
function examineRemovedServers(facts: Facts): Finding[] {
  const id = "expire-nodest-conn";
  const value = valueOf(facts, "expire_nodest_conn");
  if (value === undefined) return [];
  if (value !== "0") return [fine(id, "connections of deleted servers end at once")];
  const udp = facts.services.filter(({ id, onePacket }) =>
    !onePacket && id.kind === "endpoint" && id.protocol === "udp"
  );
  return [{
    id,
    severity: udp.length > 0 ? "warning" : "note",
    what: `${ipvsSysctl("expire_nodest_conn")} is 0`,
    why: udp.length > 0
      ? "packets to a deleted server are dropped until the connection expires, and a UDP client that " +
        `keeps its port never reaches another server: ${names(udp)}`
      : "packets to a deleted server are dropped without an answer until the connection expires; with 1 connections " +
        "are reset, and clients connect again",
    fix: setting([ipvsSysctl("expire_nodest_conn"), "1"]),
  }];
}

/** Persistent clients of a quiesced server. */
function examineTemplates(facts: Facts): Finding[] {
  const id = "template-kept";
  const value = valueOf(facts, "expire_quiescent_template");
  const persistent = facts.services.filter(({ isPersistent }) => isPersistent);
  if (value === undefined || persistent.length === 0) return [];
  if (value !== "0") return [fine(id, "persistent clients leave a server with weight 0")];
  return [{
    id,
    severity: "warning",
    what: `${ipvsSysctl("expire_quiescent_template")} is 0, and services are persistent: ${names(persistent)}`,
    why:
      "persistent clients keep using a server with weight 0, whether it drains or is quiesced because it is unhealthy",
    fix: setting([ipvsSysctl("expire_quiescent_template"), "1"]),
  }];
}

/** Connections from a port that the client used shortly before. */
function examinePortReuse(facts: Facts): Finding[] {
  const id = "conn-reuse-mode";
  const mode = valueOf(facts, "conn_reuse_mode");
  if (mode === undefined) return [];
  const isFixed = isKernelAtLeast(facts, [5, 9]);
  const tracks = valueOf(facts, "conntrack") === "1";
  if (mode === "0" && (isFixed === true || !tracks)) {
    // Since Linux 5.16 connections leave a server with weight 0 anyway.
    const leaves = isKernelAtLeast(facts, [5, 16]) === true && valueOf(facts, "expire_nodest_conn") !== "0";
    return [{
      id,
      severity: leaves ? "note" : "warning",
      what: `${ipvsSysctl("conn_reuse_mode")} is 0`,
      why: "a new connection from a port that the client used shortly before goes to the server of the old one, " +
        (leaves ? "whatever the scheduler would choose" : "even if that has weight 0 or is dead") +
        (tracks ? "; Linux 5.9 fixed the delay of a second that 0 avoided" : ""),
      fix: setting([ipvsSysctl("conn_reuse_mode"), "1"]),
    }];
  }
  if (mode !== "0" && tracks && isFixed === false) {
    return [{
      id,
      severity: "warning",
      what: `${ipvsSysctl("conn_reuse_mode")} is ${mode} and ${ipvsSysctl("conntrack")} is 1 on Linux ${facts.release}`,
      why:
        "before Linux 5.9 (unless your distribution has fixed it) the kernel drops the first packet of a connection from " +
        "a port that the client used shortly before, which delays it by a second; 0 avoids that, but then such " +
        "connections go to the server of the old one, even if that has weight 0 or is dead; or switch conntrack off",
      fix: proposedSetting([ipvsSysctl("conn_reuse_mode"), "0"]),
    }];
  }
  return [fine(id, `${ipvsSysctl("conn_reuse_mode")} is ${mode}, conntrack is ${tracks ? "on" : "off"}`)];
}

/** Schedulers that send a client to the same server whichever director asks. */
const HASHING: ReadonlySet<string> = new Set(["sh", "mh", "dh"]);

/** Connections that begin in the middle. */
function examineSloppiness(facts: Facts): Finding[] {
  return (["tcp", "sctp"] as const).flatMap((protocol): Finding[] => {
    const id = `sloppy-${protocol}`;
    const name = ipvsSysctl(`sloppy_${protocol}`);
    const value = valueOf(facts, `sloppy_${protocol}`);
    if (value === undefined) return [];
    const others = facts.services.filter(({ id, scheduler }) =>
      !HASHING.has(scheduler) && (id.kind === "fwmark" || id.protocol === protocol)
    );
    if (value === "0" || others.length === 0) return [fine(id, `${name} is ${value}`)];
    return [{
      id,
      severity: "warning",
      what: `${name} is ${value}, and services do not schedule by a hash: ${names(others)}`,
      why:
        "a packet in the middle of a connection that the director does not know makes a new one, to any server, which " +
        "resets it; it is of use with the schedulers sh and mh",
      fix: setting([name, "0"]),
    }];
  });
}

/** ICMP errors about packets that another director forwarded: routers choose the director by addresses and ports. */
function examineIcmp(facts: Facts): Finding[] {
  const id = "schedule-icmp";
  const value = valueOf(facts, "schedule_icmp");
  if (value === undefined) return [];
  const hashed = facts.services.filter(({ scheduler }) => scheduler === "mh" || scheduler === "sh");
  // Only directors that share their clients with others take connections in the middle.
  const isGroup = valueOf(facts, "sloppy_tcp") === "1" && hashed.length > 0;
  if (value !== "0" || !isGroup) return [fine(id, `${ipvsSysctl("schedule_icmp")} is ${value}`)];
  return [{
    id,
    severity: "warning",
    what: `${ipvsSysctl("schedule_icmp")} is 0, and ${ipvsSysctl("sloppy_tcp")} is 1: ${names(hashed)}`,
    why:
      "a router that shares connections among directors sends ICMP errors to any of them; one without the connection drops " +
      "them, so that clients behind a small MTU hang; 1 sends them to the server by the hash",
    fix: setting([ipvsSysctl("schedule_icmp"), "1"]),
  }];
}

/** Defences against floods that also drop legitimate packets. */
function examineDefences(facts: Facts): Finding[] {
  const losses: readonly (readonly [string, string])[] = [
    ["drop_entry", "entries of the connection table are dropped at random, connections that clients use among them"],
    ["drop_packet", "one packet in every few is dropped, the first of a connection among them"],
    ["secure_tcp", "half-open connections get short timeouts, too short for slow clients"],
  ];
  return losses.flatMap(([key, why]): Finding[] => {
    const id = key.replace("_", "-");
    const value = valueOf(facts, key);
    if (value === undefined) return [];
    if (value !== "3") return [fine(id, `${ipvsSysctl(key)} is ${value}`)];
    const what = `${ipvsSysctl(key)} is 3: this defence against floods is always on`;
    return [{
      id,
      severity: "warning",
      what,
      why: `${why}; with 1 the kernel turns it on when memory gets scarce`,
      fix: proposedSetting([ipvsSysctl(key), "1"]),
    }];
  });
}

function examineEstimation(facts: Facts): Finding[] {
  if (valueOf(facts, "run_estimation") !== "0") return [];
  return [{
    id: "run-estimation",
    severity: "note",
    what: `${ipvsSysctl("run_estimation")} is 0`,
    why: 'all rates are 0, in "lvsctl list --rate" too; it saves time with very many services',
    fix: proposedSetting([ipvsSysctl("run_estimation"), "1"]),
  }];
}
