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
 * Servers as rules that add them. Their thresholds are left out, as ipvsadm does.
 *
 * Most servers of a table differ in their names only: what stands before and behind those is kept from rule to rule.
 */
export class ServerRules {
  #head = "";
  #tail = "";
  #last: Pick<RealServer, "forward" | "weight" | "tunnel"> | undefined;

  /**
   * Goes on with the servers of a service.
   *
   * @param words The service's words, as "-t 10.0.0.1:80".
   */
  ofService(words: string): void {
    this.#head = `-a ${words} -r `;
  }

  /** The rule of one server, given its name. */
  format(server: RealServer, name: string): string {
    const last = this.#last;
    const { forward, weight, tunnel } = server;
    if (last === undefined || last.forward !== forward || last.weight !== weight || last.tunnel !== tunnel) {
      this.#last = server;
      this.#tail = ` ${FORWARD_SWITCHES[forward]} -w ${weight}${forward === "tun" ? formatTunnel(tunnel) : ""}\n`;
    }
    return this.#head + name + this.#tail;
  }
}

function formatTunnel({ type, port, checksum }: Tunnel): string {
  const words = ` --tun-type ${type}`;
  if (type === "ipip") return words;
  return `${words}${type === "gue" ? ` --tun-port ${port}` : ""} ${CHECKSUM_SWITCHES[checksum]}`;
}
