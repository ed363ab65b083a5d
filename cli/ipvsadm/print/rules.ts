import {
  formatNetmask,
  type ForwardingMethod,
  fullNetmask,
  type RealServer,
  serviceFamily,
  type Tunnel,
  type VirtualService,
} from "../../../core/model/mod.ts";
import { formatSchedulerFlagNames } from "../parse/scheduler_flags.ts";

/**
 * Formats a service as the rule that adds it.
 *
 * @param words The service in a rule, such as "-t 10.0.0.1:80".
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

/** The switch of each method, up to the weight. */
const FORWARD_WORDS: Readonly<Record<ForwardingMethod, string>> = {
  nat: " -m -w ",
  tun: " -i -w ",
  dr: " -g -w ",
  local: " -g -w ",
  bypass: " -g -w ",
};

const CHECKSUM_SWITCHES: Readonly<Record<Tunnel["checksum"], string>> = {
  none: "--tun-nocsum",
  csum: "--tun-csum",
  remcsum: "--tun-remcsum",
};

/**
 * Formats servers as the rules that add them, without their thresholds, as ipvsadm does.
 *
 * The start of the rules of one service is formatted once, because there may be very many rules.
 */
export class ServerRules {
  #head = "";

  /**
   * Sets the service of the following servers.
   *
   * @param words The service in a rule, such as "-t 10.0.0.1:80".
   */
  setService(words: string): void {
    this.#head = `-a ${words} -r `;
  }

  /** Formats the rule of a server with its name. */
  format({ forward, weight, tunnel }: RealServer, name: string): string {
    const rule = this.#head + name + FORWARD_WORDS[forward] + weight;
    return forward === "tun" ? `${rule}${formatTunnel(tunnel)}\n` : rule + "\n";
  }
}

function formatTunnel({ type, port, checksum }: Tunnel): string {
  const words = ` --tun-type ${type}`;
  if (type === "ipip") return words;
  return `${words}${type === "gue" ? ` --tun-port ${port}` : ""} ${CHECKSUM_SWITCHES[checksum]}`;
}
