import { formatEndpoint, type IpAddress } from "./address.ts";
import { formatServerId, type ServerId } from "./server.ts";
import { formatServiceId, type ServiceId } from "./service.ts";

/** What an operator has said of a server: it counts for more than file, agent and slow start do, until it ends. */
export interface Override {
  /** The service whose server is meant; undefined: that of every service. */
  readonly service?: ServiceId;
  /** Address of the server. */
  readonly address: IpAddress;
  /** Its port; undefined: whatever port it has. */
  readonly port?: number;
  /** Its weight while it is healthy; `maint`: none, and it stays in the table, whatever its health is. */
  readonly weight: number | "maint";
  /** Why, for people. */
  readonly reason?: string;
  /** Who said it, for people. */
  readonly author?: string;
  /** When it was said; milliseconds since 1970. */
  readonly at: number;
  /** When it ends; milliseconds since 1970. Undefined: when an operator says so. */
  readonly until?: number;
  /**
   * Weights that the kernel had when it was said, by {@linkcode overriddenKey}: what servers go back to where nobody
   * looks after them.
   */
  readonly former?: Readonly<Record<string, number>>;
}

/** The name of a server of a service among those that an override is about. */
export function overriddenKey(service: ServiceId, server: ServerId): string {
  return `${formatServiceId(service)} ${formatServerId(server)}`;
}

/** What an override is about. */
export type OverrideScope = Pick<Override, "service" | "address" | "port">;

/** Whether an override has not ended yet. */
export function isActiveOverride(override: Override, now: number): boolean {
  return override.until === undefined || now < override.until;
}

/** Whether two are about the same. */
export function sameOverrideScope(a: OverrideScope, b: OverrideScope): boolean {
  return formatOverrideScope(a) === formatOverrideScope(b);
}

/** Whether an override is about a server of a service. */
export function concerns(scope: OverrideScope, service: ServiceId, { server }: { readonly server: ServerId }): boolean {
  return scope.address === server.address && (scope.port === undefined || scope.port === server.port) &&
    (scope.service === undefined || formatServiceId(scope.service) === formatServiceId(service));
}

/**
 * What has been said of a server, if anything. Where several overrides are about it, one that names the service counts,
 * then one that names the port.
 *
 * @param overrides All overrides.
 * @param of.service The service.
 * @param of.server The server.
 * @param of.now The time of day; milliseconds since 1970.
 */
export function overrideOf(
  overrides: readonly Override[],
  of: { readonly service: ServiceId; readonly server: ServerId; readonly now: number },
): Override | undefined {
  let best: Override | undefined;
  for (const override of overrides) {
    if (!isActiveOverride(override, of.now) || !concerns(override, of.service, of)) continue;
    if (best === undefined || precision(override) > precision(best)) best = override;
  }
  return best;
}

function precision({ service, port }: OverrideScope): number {
  return (service === undefined ? 0 : 2) + (port === undefined ? 0 : 1);
}

/** Writes what an override is about: "10.0.0.11:80 of tcp://192.0.2.10:80", "10.0.0.11 of all services". */
export function formatOverrideScope({ service, address, port }: OverrideScope): string {
  const server = port === undefined ? address : formatEndpoint(address, port);
  return `${server} of ${service === undefined ? "all services" : formatServiceId(service)}`;
}
