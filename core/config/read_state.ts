import {
  type DesiredService,
  type DesiredState,
  formatServiceId,
  type SyncDaemon,
  type Timeouts,
  type Vip,
  vipObjections,
} from "../model/mod.ts";
import type { Reading } from "./reading.ts";
import { readService } from "./read_service.ts";
import { FILE, FORMAT_VERSION, type SectionOf, type SYNC_DAEMON, type TIMEOUTS, type VIP } from "./schema.ts";
import { describeNode, type Tree } from "./tree.ts";

/** Whether the file is of this form at all; if not, that is its only problem worth telling. */
function hasVersion(tree: Tree, reading: Reading): boolean {
  if (tree.kind !== "mapping") {
    const keys = "version, timeouts, sync_daemons, vips, services";
    reading.report(tree.offset, `the file must be a mapping with the keys ${keys}: got ${describeNode(tree)}`);
    return false;
  }
  const version = tree.entries.find(({ key }) => key.kind === "scalar" && key.text === "version")?.value;
  // Where there is none, everything else is read as what it is meant to be, and the mapping reports the key.
  if (version === undefined) return true;
  if (version.kind === "scalar" && version.plain && version.text === String(FORMAT_VERSION)) return true;
  const reason = `this lvsctl reads version ${FORMAT_VERSION} only`;
  reading.report(version.offset, `version must be ${FORMAT_VERSION}: got ${describeNode(version)}; ${reason}`);
  return false;
}

function readTimeouts({ values }: SectionOf<typeof TIMEOUTS>): Timeouts {
  return { tcpSeconds: values.tcp ?? 0, tcpFinSeconds: values.tcp_fin ?? 0, udpSeconds: values.udp ?? 0 };
}

function readSyncDaemons(sections: readonly SectionOf<typeof SYNC_DAEMON>[]): SyncDaemon[] {
  const roles = new Set<string>();
  return sections.flatMap((section): SyncDaemon[] => {
    const { role, interface: device, sync_id: syncId, max_length: maxLength, group, port, ttl } = section.values;
    if (role === undefined || device === undefined) return [];
    if (roles.has(role)) section.report(["role"], `duplicate sync daemon: the kernel runs one ${role} at most`);
    roles.add(role);
    return [{
      role,
      interface: device,
      syncId,
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(group === undefined ? {} : { group }),
      ...(port === undefined ? {} : { port }),
      ...(ttl === undefined ? {} : { ttl }),
    }];
  });
}

function readVips(sections: readonly SectionOf<typeof VIP>[], reading: Reading): Vip[] {
  const lines = new Map<string, number>();
  return sections.flatMap((section): Vip[] => {
    const { address: prefix, device, label, scope, dad, prefix_route: prefixRoute } = section.values;
    if (prefix === undefined || device === undefined) return [];
    const vip: Vip = { ...prefix, device, ...(label === undefined ? {} : { label }), scope, dad, prefixRoute };
    for (const { key, reason, hint } of vipObjections(vip)) section.report([key], `${reason}; ${hint}`);
    const line = lines.get(vip.address);
    // On two interfaces it would answer twice.
    if (line !== undefined) section.report(["address"], `duplicate VIP ${vip.address}: it is in line ${line} already`);
    else lines.set(vip.address, reading.lineAt((section.nodeOf("address") ?? section.node).offset));
    return [vip];
  });
}

function readServices(file: SectionOf<typeof FILE>, reading: Reading): DesiredService[] {
  const names = new Map<string, number>();
  const lines = new Map<string, number>();
  const services: DesiredService[] = [];
  for (const section of file.values.services ?? []) {
    const { name } = section.values;
    const named = name === undefined ? undefined : names.get(name);
    if (named !== undefined) section.report(["name"], `duplicate name "${name}": it is in line ${named} already`);
    else if (name !== undefined) names.set(name, reading.lineAt((section.nodeOf("name") ?? section.node).offset));
    for (const { value, node } of readService({ section, reading })) {
      const id = formatServiceId(value.service.id);
      const line = lines.get(id);
      if (line !== undefined) reading.report(node.offset, `duplicate service ${id}: it is in line ${line} already`);
      else lines.set(id, reading.lineAt(node.offset));
      services.push(value);
    }
  }
  return services;
}

/**
 * Makes the state that a tree describes.
 *
 * @returns What could be made; it is of use only if nothing was reported.
 */
export function readState(tree: Tree, reading: Reading): DesiredState {
  if (!hasVersion(tree, reading)) return { services: [] };
  const file = FILE.read(tree, { label: "the file", reading });
  if (file === undefined) return { services: [] };
  const { timeouts, sync_daemons: syncDaemons, vips } = file.values;
  return {
    ...(timeouts === undefined ? {} : { timeouts: readTimeouts(timeouts) }),
    ...(syncDaemons === undefined ? {} : { syncDaemons: readSyncDaemons(syncDaemons) }),
    ...(vips === undefined ? {} : { vips: readVips(vips, reading) }),
    services: readServices(file, reading),
  };
}
