import {
  addressFamily,
  formatDuration,
  formatSchedulerFlags,
  formatServerId,
  formatServiceId,
  formatVip,
  type KernelState,
  MAX_PERSISTENCE_SECONDS,
  MAX_WEIGHT,
  type RealServer,
  serviceFamily,
  type ServiceId,
  sortEntries,
  type VirtualService,
} from "../../core/model/mod.ts";
import { formatNumericHostPort, formatServiceWords } from "./print/entry_name.ts";
import { formatServiceRule, ServerRules } from "./print/rules.ts";

/** The kernel's defaults; seconds. */
const DEFAULT_TIMEOUTS = { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 } as const;

const NUMERIC = { names: undefined };

/** A state as rules. */
export interface RulesText {
  /** The rules, for `ipvsadm -R` and `lvsctl restore`. */
  readonly text: string;
  /** The parts of the state that rules cannot express, a sentence for each. */
  readonly notes: readonly string[];
}

/**
 * Formats a state as rules in ipvsadm's format: unlike `ipvsadm -S`, with the thresholds of the servers, with firewall
 * marks that can be parsed again, and with all flags of the schedulers.
 */
export function formatRules(state: KernelState): RulesText {
  const parts: string[] = [];
  const notes: string[] = [];
  const rules = new ServerRules();
  for (const { service, servers } of sortEntries(state.services)) {
    const words = serviceWords(service.id);
    parts.push(serviceRule(service, words));
    rules.setService(words);
    notes.push(...serviceNotes(service));
    for (const server of servers) {
      parts.push(serverRule(rules, { id: service.id, server }));
      notes.push(...serverNotes(service.id, server));
    }
  }
  return { text: parts.join(""), notes: [...notes, ...otherNotes(state)] };
}

function serviceWords(id: ServiceId): string {
  if (id.kind === "endpoint") return formatServiceWords(id, NUMERIC);
  // ipvsadm prints marks above 2147483647 as negative numbers, which it does not accept.
  return `-f ${id.mark}${id.family === "ipv6" ? " -6" : ""}`;
}

function serviceRule(service: VirtualService, words: string): string {
  const { scheduler, schedulerFlags } = service;
  if (schedulerFlags === 0) return formatServiceRule(service, words);
  const rule = formatServiceRule({ ...service, schedulerFlags: 0 }, words).trimEnd();
  return `${rule} -b ${formatSchedulerFlags(scheduler, schedulerFlags).join(",")}\n`;
}

function serverRule(
  rules: ServerRules,
  { id, server }: { readonly id: ServiceId; readonly server: RealServer },
): string {
  const rule = rules.format(withMethod(id, server), formatNumericHostPort(server));
  const { upperThreshold, lowerThreshold } = server;
  if (upperThreshold === 0 && lowerThreshold === 0) return rule;
  return `${rule.trimEnd()} -x ${upperThreshold} -y ${lowerThreshold}\n`;
}

/** Replaces the method "local", which the kernel sets itself, by a method whose rule keeps the server's port. */
function withMethod(id: ServiceId, server: RealServer): RealServer {
  if (server.forward !== "local") return server;
  if (addressFamily(server.address) !== serviceFamily(id)) return { ...server, forward: "tun" };
  return id.kind === "endpoint" && server.port !== id.port ? { ...server, forward: "nat" } : server;
}

function serviceNotes({ id, persistence }: VirtualService): string[] {
  if (persistence === undefined || persistence.timeoutSeconds <= MAX_PERSISTENCE_SECONDS) return [];
  const timeout = formatDuration(persistence.timeoutSeconds * 1000);
  return [`${formatServiceId(id)}: its persistence of ${timeout} exceeds the 31d that rules can express`];
}

function serverNotes(id: ServiceId, server: RealServer): string[] {
  const { port, forward, upperThreshold, lowerThreshold } = server;
  const name = `${formatServiceId(id)}/${formatServerId(server)}`;
  const notes: string[] = [];
  if (Math.max(upperThreshold, lowerThreshold) > MAX_WEIGHT) {
    notes.push(`${name}: its thresholds exceed the ${MAX_WEIGHT} that rules can express`);
  }
  if (id.kind === "endpoint" && (forward === "dr" || forward === "tun") && port !== id.port) {
    notes.push(`${name}: its port becomes ${id.port}, because in rules servers of ${forward} have the service's port`);
  }
  return notes;
}

function otherNotes({ timeouts, syncDaemons, vips = [] }: KernelState): string[] {
  const notes: string[] = [];
  const { tcpSeconds, tcpFinSeconds, udpSeconds } = timeouts;
  const isDefault = (["tcpSeconds", "tcpFinSeconds", "udpSeconds"] as const)
    .every((name) => timeouts[name] === DEFAULT_TIMEOUTS[name]);
  if (!isDefault) {
    const [tcp, fin, udp] = [tcpSeconds, tcpFinSeconds, udpSeconds].map((seconds) => formatDuration(seconds * 1000));
    notes.push(`timeouts: "lvsctl timeouts --tcp ${tcp} --tcp-fin ${fin} --udp ${udp}" sets them`);
  }
  for (const { role, interface: device, syncId } of syncDaemons) {
    notes.push(`sync daemon: "lvsctl sync start ${role} --interface ${device} --sync-id ${syncId}" starts the ${role}`);
  }
  for (const vip of vips.filter(({ owned }) => owned)) {
    notes.push(
      `VIP: "lvsctl vip add ${vip.address}/${vip.prefixLength} --device ${vip.device}" adds ${formatVip(vip)}`,
    );
  }
  return notes;
}
