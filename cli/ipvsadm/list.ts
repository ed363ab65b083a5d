import type { ServiceId } from "../../core/model/mod.ts";
import { formatHostPort, formatServiceName, formatServiceWords, type NameOptions } from "./entry_name.ts";
import { IpvsadmFailure, STATUS } from "./failure.ts";
import type { Format, ListMode } from "./format.ts";
import { type Kernel, listing } from "./kernel.ts";
import { layoutOf } from "./layout.ts";
import type { NameService } from "./names.ts";
import { sortServers, sortServices } from "./order.ts";
import type { Output } from "./output.ts";
import { formatServerRule, formatServiceRule } from "./rules.ts";

/** From where to where something is listed. */
export interface ListContext {
  /** The kernel. */
  readonly kernel: Kernel;
  /** Where it is printed. */
  readonly output: Output;
  /** Looks up names. */
  readonly names: NameService;
}

/**
 * Prints the table, or one service of it.
 *
 * @throws {IpvsadmFailure} If the kernel refuses or there is no such service.
 */
export function printTable(
  { kernel, output, names }: ListContext,
  request: { readonly id: ServiceId | undefined; readonly mode: ListMode; readonly format: Format },
): void {
  const { id, mode, format } = request;
  const { client, info } = kernel;
  const rows = listing(() => client.listServices(id));
  if (id !== undefined && rows.length === 0) throw new IpvsadmFailure("No such service", { status: STATUS.listing });
  const layout = layoutOf(mode, format.exact);
  if (id === undefined) {
    output.write(`IP Virtual Server version ${info.version.join(".")} (size=${info.connectionTableSize})\n`);
  }
  output.write(layout.titles);
  const options: NameOptions = { names: format.numeric ? undefined : names };
  for (const row of format.sorted ? sortServices(rows, ({ service }) => service.id) : rows) {
    const { id } = row.service;
    output.write(layout.service(row, formatServiceName(id, options)));
    const protocol = id.kind === "fwmark" ? undefined : id.protocol;
    const servers = listing(() => client.listServers(id));
    for (const server of format.sorted ? sortServers(servers) : servers) {
      const { address, port } = server;
      output.write(layout.server(server, formatHostPort({ address, port, protocol }, options)));
    }
  }
}

/**
 * Prints the table as rules that add it.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function printRules({ kernel, output, names }: ListContext, format: Format): void {
  const { client } = kernel;
  const options: NameOptions = { names: format.numeric ? undefined : names };
  for (const service of sortServices(listing(() => client.services()), ({ id }) => id)) {
    const { id } = service;
    const words = formatServiceWords(id, options);
    output.write(formatServiceRule(service, words));
    const protocol = id.kind === "fwmark" ? undefined : id.protocol;
    for (const server of sortServers(listing(() => client.servers(id)))) {
      const { address, port } = server;
      const name = formatHostPort({ address, port, protocol }, options);
      output.write(formatServerRule(server, { service: words, server: name }));
    }
  }
}

/**
 * Prints the kernel's timeouts.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function printTimeouts({ kernel, output }: ListContext): void {
  const { tcpSeconds, tcpFinSeconds, udpSeconds } = listing(() => kernel.client.getTimeouts());
  output.write(`Timeout (tcp tcpfin udp): ${tcpSeconds} ${tcpFinSeconds} ${udpSeconds}\n`);
}

/**
 * Prints the sync daemons that run.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function printDaemons({ kernel, output }: ListContext): void {
  for (const daemon of listing(() => kernel.client.syncDaemons())) {
    const { role, syncId, maxLength, group, port, ttl } = daemon;
    let text = `${role} sync daemon (mcast=${daemon.interface}, syncid=${syncId}`;
    if (maxLength !== undefined) text += `, maxlen=${maxLength}`;
    if (group !== undefined) text += `, group=${group}`;
    if (port !== undefined) text += `, port=${port}`;
    if (ttl !== undefined) text += `, ttl=${ttl}`;
    output.write(`${text})\n`);
  }
}
