import {
  addressFamily,
  DEFAULT_TUNNEL,
  formatServerId,
  formatServiceId,
  type ForwardingMethod,
  type RealServer,
  serverObjections,
  type ServiceId,
} from "../model/mod.ts";
import type { SectionOf, SERVER } from "./schema.ts";

/** A real server in a file. */
export type ServerSection = SectionOf<typeof SERVER>;

/** A real server that is not in a service yet. */
export interface ServerDraft {
  /** Where it was read from. */
  readonly section: ServerSection;
  /** The server; its port is 0 where none is written. */
  readonly server: RealServer;
  /** Whether its port is that of the service. */
  readonly hasServicePort: boolean;
}

/** Keys that an objection is about, beside its own. */
const RELATED: ReadonlyMap<string, string> = new Map([
  ["lower_threshold", "upper_threshold"],
  ["tunnel", "forward"],
  ["address", "forward"],
]);

function reportObjections(
  section: ServerSection,
  options: { readonly id: ServiceId; readonly server: RealServer },
): void {
  for (const { key, reason, hint } of serverObjections(options.id, options.server)) {
    section.report([key, RELATED.get(key) ?? key], `${reason}; ${hint}`);
  }
}

/**
 * Makes the server that a section describes, and reports what it cannot be in any service.
 *
 * @param forward The service's forwarding method.
 * @returns `undefined` if its address is wrong, which was reported.
 */
export function readServer(section: ServerSection, forward: ForwardingMethod): ServerDraft | undefined {
  const { values } = section;
  const tunnel = values.tunnel?.values;
  const own = values.forward ?? forward;
  if (tunnel !== undefined && own !== "tun") {
    section.report(["tunnel", "forward"], `the forwarding method ${own} has no tunnel; use the forwarding method tun`);
  }
  if (values.address === undefined) return undefined;
  const server: RealServer = {
    address: values.address.address,
    port: values.address.port ?? 0,
    forward: own,
    weight: values.weight,
    upperThreshold: values.upper_threshold,
    lowerThreshold: values.lower_threshold,
    tunnel: tunnel === undefined || own !== "tun" ? DEFAULT_TUNNEL : { ...tunnel, port: tunnel.port ?? 0 },
  };
  // In a service of its own family, what is objected to is the server itself.
  reportObjections(section, { id: { kind: "fwmark", family: addressFamily(server.address), mark: 1 }, server });
  return { section, server, hasServicePort: values.address.port === undefined };
}

/** Puts the server into a service: it gets the service's port if it has none, and it may be of the wrong family. */
export function bindServer(draft: ServerDraft, id: ServiceId): RealServer {
  const { section, server, hasServicePort } = draft;
  const bound = hasServicePort && id.kind === "endpoint" ? { ...server, port: id.port } : server;
  const objection = serverObjections(id, bound).find(({ key }) => key === "address");
  if (objection !== undefined) {
    const object = `${formatServerId(bound)} in ${formatServiceId(id)}`;
    section.report(["address", "forward"], `${object}: ${objection.reason}; ${objection.hint}`);
  }
  return bound;
}
