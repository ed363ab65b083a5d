import { type FindingHost, findingText, lookupOf, type ServiceFinding, serviceFindings } from "../findings/mod.ts";
import {
  addressFamily,
  type DesiredService,
  type DesiredState,
  formatServerId,
  type RealServer,
} from "../model/mod.ts";
import { listenLine, SERVER_START, SERVERS } from "./canonical/lines.ts";
import type { Warning } from "./source/problem.ts";
import { SourceReport } from "./source/source_report.ts";

/** The part of the text that describes one service. */
interface Block {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const ITEM = "  - ";
const SERVER_ITEM = "      - ";

/** The offset of the start or the end of a text in a block; undefined if the block does not contain it. */
function find({ text, start, end }: Block, part: string, side: "start" | "end"): number | undefined {
  const index = text.indexOf(part, start);
  return index < 0 || index >= end ? undefined : side === "start" ? index : index + part.length;
}

function serverLine(block: Block, server: RealServer): number {
  const endpoint = formatServerId(server);
  const start = SERVER_START + (addressFamily(server.address) === "ipv6" ? `"${endpoint}"` : endpoint);
  return find(block, `${start},`, "start") ?? find(block, `${start} }`, "start") ?? block.start;
}

function serverOffset(block: Block, { server, key }: { readonly server: RealServer; readonly key: string }): number {
  const start = serverLine(block, server);
  if (key === "address") return start + SERVER_START.length;
  const line = { text: block.text, start, end: block.text.indexOf("\n", start) };
  return find(line, `, ${key}: `, "end") ?? start + SERVER_ITEM.length;
}

function findingOffset(block: Block, { server, key }: ServiceFinding): number {
  if (server !== undefined) return serverOffset(block, { server, key });
  const item = block.start + ITEM.length;
  if (key === "listen") return item + "listen: ".length;
  if (key !== "servers") return find(block, `\n    ${key}: `, "end") ?? item;
  const servers = find(block, `\n${SERVERS}`, "end");
  return servers === undefined ? item : servers + SERVER_ITEM.length - "- ".length;
}

/** The offset of each finding, in the order of the services. */
function* locate(
  text: string,
  options: { readonly state: DesiredState; readonly lint: (service: DesiredService) => readonly ServiceFinding[] },
): Generator<ServiceFinding & { readonly offset: number }> {
  const { services } = options.state;
  let start = 0;
  for (const [index, desired] of services.entries()) {
    const findings = options.lint(desired);
    if (findings.length === 0) continue;
    start = text.indexOf(listenLine(desired.service.id), start);
    const next = services[index + 1];
    const end = next === undefined ? text.length : text.indexOf(listenLine(next.service.id), start);
    for (const finding of findings) yield { ...finding, offset: findingOffset({ text, start, end }, finding) };
  }
}

/** The warnings of a canonical file: the same, at the same places, as reading it as YAML would give, but faster. */
export function canonicalWarnings(
  text: string,
  options: { readonly desired: DesiredState; readonly lint: FindingHost },
): readonly Warning[] {
  const { desired: state, lint: host } = options;
  const context = { ...host, vips: state.vips, isComplete: true, isService: lookupOf(state.services) };
  const report = new SourceReport(text);
  for (const finding of locate(text, { state, lint: (service) => serviceFindings(service, context) })) {
    report.addWarning(finding.offset, { ...finding, message: findingText(finding) });
  }
  return report.warnings;
}
