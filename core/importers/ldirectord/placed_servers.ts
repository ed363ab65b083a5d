import type { Report } from "../imported.ts";
import type { CheckedVirtual, PlacedServer } from "./check.ts";
import type { Directive } from "./sections.ts";
import { formatPlace } from "./server.ts";

/** The settings by which ldirectord tells the checks of servers apart. */
function idOf({ server }: PlacedServer): string {
  const { host, portText, weight, forward, request, receive } = server;
  return JSON.stringify([host, portText, weight, forward, request, receive]);
}

function checkOf({ server: { request, receive } }: PlacedServer): string {
  return JSON.stringify([request, receive]);
}

/**
 * The servers that ldirectord adds: of two that it finds in the table by the same address and port, the last one counts,
 * unless it is the same check.
 */
export function distinctServers(servers: readonly PlacedServer[], report: Report): readonly PlacedServer[] {
  const kept: PlacedServer[] = [];
  const known = new Set<string>();
  for (const placed of servers) {
    const { server, port } = placed;
    const { host, portText, origin } = server;
    const written = kept.filter((each) => each.server.host === host && each.server.portText === portText);
    const first = written.find((each) => each.port === port);
    const other = written.find((each) => each.port !== port && each.port === each.server.port);
    if (other !== undefined) {
      report.add(origin, `ldirectord takes it for the server in line ${other.server.origin.line}, and does not add it`);
      continue;
    }
    const nearby = kept.find((each) => each.server.host === host && each.port === port);
    if (first === undefined && nearby !== undefined) {
      report.add(
        origin,
        `duplicate server ${formatPlace(host, port)}: line ${nearby.server.origin.line} has it already`,
      );
      continue;
    }
    if (first === undefined) kept.push(placed);
    else {
      // ldirectord edits a server that it finds in the table, and cannot add it otherwise.
      const winner = known.has(idOf(placed)) || server.port !== port ? first.server : server;
      if (checkOf(placed) !== checkOf(first)) {
        const line = first.server.origin.line;
        report.add(origin, `${host} is in line ${line} with another check: for ldirectord one that succeeds is enough`);
      }
      const origins = new Set([first.server.origin, ...first.server.repeated ?? [], origin]);
      origins.delete(winner.origin);
      kept[kept.indexOf(first)] = { server: { ...winner, repeated: [...origins] }, port };
    }
    known.add(idOf(placed));
  }
  return kept;
}

/** Reports servers that ldirectord handles otherwise than its file says. */
export function reportOddServers(
  { section, globals, report, isIpv6, protocol, port: servicePort }: CheckedVirtual,
  servers: readonly PlacedServer[],
): void {
  const checkType = section.get("checktype");
  const quiescent = section.get("quiescent") ?? globals.get("quiescent");
  const isQuiescent = quiescent?.value === "yes";
  if (checkType?.value === "off" && isQuiescent && servers.length > 0) {
    report.add(checkType.origin, "with quiescent, ldirectord adds the servers with the weight 0; lvsctl adds none");
  }
  for (const { server: { portText, port: written, origin, host }, port } of servers) {
    const other = servers.find((each) =>
      each.server.host === host && each.port === servicePort && port !== servicePort
    );
    if (other !== undefined && protocol !== "fwm") {
      report.add(
        origin,
        `ldirectord takes ${host} at port ${port} for its server at port ${servicePort} when it is down`,
      );
    }
    if (/^0\d/.test(portText) && port === Number(portText)) {
      const reason =
        `ldirectord does not find port ${portText} of ${host} in the table again, and never removes the server`;
      report.add(origin, reason);
    } else if (isQuiescent && protocol !== "fwm" && port !== written) {
      const reason = `with quiescent, ldirectord does not find ${host} at port ${written} again: it keeps the weight 0`;
      report.add(origin, reason);
    }
  }
  const isPing = checkType?.value === "ping" || checkType?.value === "connect" && protocol === "udp";
  if (isIpv6 && isPing && checkType !== undefined) {
    report.add(checkType.origin, "ldirectord cannot ping IPv6 servers, and reports them as down; lvsctl can");
  }
}

/** Reports a fallback that ldirectord does not use while a server of the weight 0 is healthy. */
export function reportIdleFallback(
  fallback: Directive,
  { servers, report }: { readonly servers: readonly PlacedServer[]; readonly report: Report },
): void {
  if (!servers.some(({ server }) => server.weight === 0)) return;
  report.add(
    fallback.origin,
    "lvsctl uses the fallback while all healthy servers have the weight 0, and ldirectord only while none is healthy",
  );
}
