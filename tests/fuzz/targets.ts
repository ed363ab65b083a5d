import type { FuzzTarget } from "./target.ts";
import { agents } from "./targets/agents.ts";
import { cluster } from "./targets/cluster.ts";
import { commandLines } from "./targets/command_lines.ts";
import { config } from "./targets/config.ts";
import { connections } from "./targets/connections.ts";
import { control } from "./targets/control.ts";
import { discovery } from "./targets/discovery.ts";
import { dns } from "./targets/dns.ts";
import { http } from "./targets/http.ts";
import { importers } from "./targets/importers.ts";
import { netlink } from "./targets/netlink.ts";
import { probers } from "./targets/probers.ts";
import { rules } from "./targets/rules.ts";
import { snmp } from "./targets/snmp.ts";
import { stored } from "./targets/stored.ts";
import { vrrp } from "./targets/vrrp.ts";

/** A target, and its part of the time of a run, relative to the other targets. */
export interface TargetRow {
  /** Makes the target: it reads its seeds then. */
  readonly make: () => FuzzTarget;
  /** Its part of the time. */
  readonly share: number;
}

/** All targets by name. */
export const TARGETS: Readonly<Record<string, TargetRow>> = {
  "netlink": { make: netlink, share: 2 },
  "probers": { make: probers, share: 3 },
  "agents": { make: agents, share: 1 },
  "discovery": { make: discovery, share: 1 },
  "dns": { make: dns, share: 1 },
  "connections": { make: connections, share: 1 },
  "control": { make: control, share: 1 },
  "snmp": { make: snmp, share: 1 },
  "http": { make: http, share: 1 },
  "vrrp": { make: vrrp, share: 1 },
  "stored": { make: stored, share: 2 },
  "cluster": { make: cluster, share: 1 },
  "config": { make: config, share: 4 },
  "rules": { make: rules, share: 3 },
  "importers": { make: importers, share: 4 },
  "command_lines": { make: commandLines, share: 4 },
};
