import {
  formatNetmask,
  type ForwardingMethod,
  fullNetmask,
  type RealServer,
  serviceFamily,
  type Tunnel,
  type VirtualService,
} from "../../core/model/mod.ts";
import { formatSchedulerFlagNames } from "./scheduler_flags.ts";

/**
 * A service as a rule that adds it.
 *
 * @param words The service's words, as "-t 10.0.0.1:80".
 */
export function formatServiceRule(service: VirtualService, words: string): string {
  const { id, scheduler, schedulerFlags, persistence, onePacket, idleEngine } = service;
  let rule = `-A ${words} -s ${scheduler}`;
  if (persistence !== undefined) {
    const family = serviceFamily(id);
    const { timeoutSeconds, netmask, engine } = persistence;
    rule += ` -p ${timeoutSeconds}`;
    if (netmask !== fullNetmask(family)) rule += ` -M ${formatNetmask(family, netmask)}`;
    if (engine !== undefined) rule += ` --pe ${engine}`;
  } else if (idleEngine !== undefined) rule += ` --pe ${idleEngine}`;
  if (onePacket) rule += " -o";
  if (schedulerFlags !== 0) rule += ` -b ${formatSchedulerFlagNames(scheduler, schedulerFlags)}`;
  return `${rule}\n`;
}

const FORWARD_SWITCHES: Readonly<Record<ForwardingMethod, string>> = {
  nat: "-m",
  tun: "-i",
  dr: "-g",
  local: "-g",
  bypass: "-g",
};

const CHECKSUM_SWITCHES: Readonly<Record<Tunnel["checksum"], string>> = {
  none: "--tun-nocsum",
  csum: "--tun-csum",
  remcsum: "--tun-remcsum",
};

/**
 * A server as a rule that adds it. Its thresholds are left out, as ipvsadm does.
 *
 * @param server The server.
 * @param words.service The words of its service.
 * @param words.server The server's name.
 */
export function formatServerRule(
  server: RealServer,
  words: { readonly service: string; readonly server: string },
): string {
  const { forward, weight, tunnel } = server;
  const rule = `-a ${words.service} -r ${words.server} ${FORWARD_SWITCHES[forward]} -w ${weight}`;
  return forward === "tun" ? `${rule}${formatTunnel(tunnel)}\n` : `${rule}\n`;
}

function formatTunnel({ type, port, checksum }: Tunnel): string {
  const words = ` --tun-type ${type}`;
  if (type === "ipip") return words;
  return `${words}${type === "gue" ? ` --tun-port ${port}` : ""} ${CHECKSUM_SWITCHES[checksum]}`;
}
