import type { RealServer, ServiceId } from "../../../core/model/mod.ts";
import {
  formatHostPort,
  formatNumericHostPort,
  formatServiceName,
  formatServiceWords,
  type NameOptions,
} from "./entry_name.ts";
import { IpvsadmFailure, STATUS } from "../failure.ts";
import type { Format, ListMode } from "../parse/list_format.ts";
import { type Kernel, listFromKernel } from "../kernel.ts";
import { layoutOf, type SettingsLayout, settingsLine, type TrafficLayout } from "./layout.ts";
import type { NameService } from "../names.ts";
import { sortServers, sortServices } from "./order.ts";
import type { Output } from "../../context/buffered_output.ts";
import { formatServiceRule, ServerRules } from "./rules.ts";

/** The source and the destination of a list. */
export interface ListContext {
  /** The kernel. */
  readonly kernel: Kernel;
  /** Standard output. */
  readonly output: Output;
  /** Looks up names. */
  readonly names: NameService;
}

/** The content and the format of a list. */
export interface ListRequest {
  /** The only service; `undefined`: all of them. */
  readonly id: ServiceId | undefined;
  /** The columns. */
  readonly mode: ListMode;
  /** Names, numbers and order. */
  readonly format: Format;
}

/**
 * Prints the table, or one service.
 *
 * @throws {IpvsadmFailure} If the kernel refuses, or the service does not exist.
 */
export function printTable(context: ListContext, request: ListRequest): void {
  const layout = layoutOf(request.mode, request.format.exact);
  if (layout.kind === "settings") printSettings(context, { ...request, layout });
  else printTraffic(context, { ...request, layout });
}

function printSettings(context: ListContext, request: ListRequest & { readonly layout: SettingsLayout }): void {
  const { kernel: { client }, output } = context;
  const { id, format, layout } = request;
  const services = listFromKernel(() => id === undefined ? client.services() : [client.getService(id)])
    .filter((service) => service !== undefined);
  printTitles(context, { ...request, count: services.length });
  const options = nameOptions(context, format);
  for (const service of format.sorted ? sortServices(services, ({ id }) => id) : services) {
    output.write(settingsLine(service, formatServiceName(service.id, options)));
    const ofService = { ...options, id: service.id };
    const servers = listFromKernel(() => client.countedServers(service.id));
    for (const server of format.sorted ? sortServers(servers) : servers) {
      output.write(layout.server(server, serverName(server, ofService)));
    }
  }
}

function printTraffic(context: ListContext, request: ListRequest & { readonly layout: TrafficLayout }): void {
  const { kernel: { client }, output } = context;
  const { id, format, layout } = request;
  const rows = listFromKernel(() => client.listServices(id));
  printTitles(context, { ...request, count: rows.length });
  const options = nameOptions(context, format);
  for (const { service, statistics } of format.sorted ? sortServices(rows, ({ service }) => service.id) : rows) {
    output.write(layout.service(statistics, formatServiceName(service.id, options)));
    const ofService = { ...options, id: service.id };
    const servers = listFromKernel(() => client.listServers(service.id));
    for (const server of format.sorted ? sortServers(servers) : servers) {
      output.write(layout.server(server, serverName(server, ofService)));
    }
  }
}

function printTitles(
  { kernel: { info }, output }: ListContext,
  { id, layout, count }: ListRequest & { readonly layout: { readonly titles: string }; readonly count: number },
): void {
  if (id === undefined) {
    output.write(`IP Virtual Server version ${info.version.join(".")} (size=${info.connectionTableSize})\n`);
  } else if (count === 0) throw new IpvsadmFailure("No such service", { status: STATUS.listing });
  output.write(layout.titles);
}

function nameOptions({ names }: ListContext, { numeric }: Format): NameOptions {
  return { names: numeric ? undefined : names };
}

/** A server's name; without a protocol, as with a firewall mark, its port is a number. */
function serverName(
  server: RealServer,
  { names, id }: NameOptions & { readonly id: ServiceId },
): string {
  if (names === undefined) return formatNumericHostPort(server);
  const { address, port } = server;
  return formatHostPort({ address, port, protocol: id.kind === "fwmark" ? undefined : id.protocol }, { names });
}

/**
 * Prints the table as the rules that create it.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function printRules(context: ListContext, format: Format): void {
  const { kernel: { client }, output } = context;
  const options = nameOptions(context, format);
  const rules = new ServerRules();
  for (const service of sortServices(listFromKernel(() => client.services()), ({ id }) => id)) {
    const { id } = service;
    const words = formatServiceWords(id, options);
    output.write(formatServiceRule(service, words));
    const ofService = { ...options, id };
    rules.setService(words);
    for (const server of sortServers(listFromKernel(() => client.servers(id)))) {
      output.write(rules.format(server, serverName(server, ofService)));
    }
  }
}

/**
 * Prints the kernel's timeouts.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function printTimeouts({ kernel, output }: ListContext): void {
  const { tcpSeconds, tcpFinSeconds, udpSeconds } = listFromKernel(() => kernel.client.getTimeouts());
  output.write(`Timeout (tcp tcpfin udp): ${tcpSeconds} ${tcpFinSeconds} ${udpSeconds}\n`);
}

/**
 * Prints the running sync daemons.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function printDaemons({ kernel, output }: ListContext): void {
  for (const daemon of listFromKernel(() => kernel.client.syncDaemons())) {
    const { role, syncId, maxLength, group, port, ttl } = daemon;
    let text = `${role} sync daemon (mcast=${daemon.interface}, syncid=${syncId}`;
    if (maxLength !== undefined) text += `, maxlen=${maxLength}`;
    if (group !== undefined) text += `, group=${group}`;
    if (port !== undefined) text += `, port=${port}`;
    if (ttl !== undefined) text += `, ttl=${ttl}`;
    output.write(`${text})\n`);
  }
}
