import { formatEndpoint, type IpAddress } from "./address.ts";
import { formatServerId, type ServerId } from "./server.ts";
import { formatServiceId, type ServiceId } from "./service.ts";

/** An operator's setting for a server: it takes precedence over file, agent and slow start until it ends. */
export interface Override {
  /** The service of the server; undefined: every service. */
  readonly service?: ServiceId;
  /** Address of the server. */
  readonly address: IpAddress;
  /** Port of the server; undefined: any port. */
  readonly port?: number;
  /** Its weight while it is healthy; `maint`: weight 0, and it stays in the table whatever its health. */
  readonly weight: number | "maint";
  /** Reason, for users. */
  readonly reason?: string;
  /** The operator's name, for users. */
  readonly author?: string;
  /** When it was set; milliseconds since 1970. */
  readonly at: number;
  /** When it ends; milliseconds since 1970. Undefined: when it is cancelled. */
  readonly until?: number;
  /**
   * Weights in the kernel when it was set, by {@linkcode overriddenKey}: servers that no daemon manages return to them.
   */
  readonly former?: Readonly<Record<string, number>>;
}

/** Key of a server of a service in {@linkcode Override.former}. */
export function overriddenKey(service: ServiceId, server: ServerId): string {
  return `${formatServiceId(service)} ${formatServerId(server)}`;
}

/** The servers of an override. */
export type OverrideScope = Pick<Override, "service" | "address" | "port">;

/** Whether an override has not ended yet. */
export function isActiveOverride(override: Override, now: number): boolean {
  return override.until === undefined || now < override.until;
}

/** Whether two overrides have the same scope. */
export function sameOverrideScope(a: OverrideScope, b: OverrideScope): boolean {
  return formatOverrideScope(a) === formatOverrideScope(b);
}

/** Whether an override applies to a server of a service. */
export function concerns(scope: OverrideScope, service: ServiceId, { server }: { readonly server: ServerId }): boolean {
  return scope.address === server.address && (scope.port === undefined || scope.port === server.port) &&
    (scope.service === undefined || formatServiceId(scope.service) === formatServiceId(service));
}

/**
 * The active override of a server, if any. Of several, one that names the service comes first, then one that names the
 * port.
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

/** Writes the scope of an override: "10.0.0.11:80 of tcp://192.0.2.10:80", "10.0.0.11 of all services". */
export function formatOverrideScope({ service, address, port }: OverrideScope): string {
  const server = port === undefined ? address : formatEndpoint(address, port);
  return `${server} of ${service === undefined ? "all services" : formatServiceId(service)}`;
}
