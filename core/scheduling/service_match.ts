import { formatServiceId, serviceFamily, type ServiceId, type VirtualService } from "../model/mod.ts";

/** How the kernel finds the service of a packet. */
export type MatchKind = "firewall-mark" | "endpoint" | "ftp-data" | "every-port";

/** The service of a packet. */
export interface ServiceMatch {
  /** The service. */
  readonly service: VirtualService;
  /** How the kernel finds it. */
  readonly by: MatchKind;
}

/** The port of FTP's control connections, and of the data connections that a server opens. */
export const FTP_PORTS = { control: 21, data: 20 } as const;

/** The first port that needs no privilege: FTP servers offer such ports for data. */
const FIRST_UNPRIVILEGED_PORT = 1024;

/**
 * The service that the kernel finds for a packet: by its firewall mark, by protocol, address and port, the FTP service
 * of the address, or the service on every port of the address, in this order.
 *
 * @param services All services.
 * @param wanted The destination of the packet; a firewall mark alone names its service.
 * @param mark The firewall mark of the packet; 0 for none.
 */
export function matchService(
  services: readonly VirtualService[],
  { wanted, mark }: { readonly wanted: ServiceId; readonly mark: number },
): ServiceMatch | undefined {
  const byName = new Map(services.map((service) => [formatServiceId(service.id), service]));
  for (const { id, by } of idsInOrder(wanted, mark)) {
    const service = byName.get(formatServiceId(id));
    if (service !== undefined) return { service, by };
  }
  return undefined;
}

function idsInOrder(wanted: ServiceId, mark: number): { readonly id: ServiceId; readonly by: MatchKind }[] {
  if (wanted.kind === "fwmark") return [{ id: wanted, by: "firewall-mark" }];
  const { protocol, port } = wanted;
  const mayBeFtpData = protocol === "tcp" && (port === FTP_PORTS.data || port >= FIRST_UNPRIVILEGED_PORT);
  return [
    ...mark === 0
      ? []
      : [{ id: { kind: "fwmark", family: serviceFamily(wanted), mark }, by: "firewall-mark" } as const],
    { id: wanted, by: "endpoint" },
    ...mayBeFtpData ? [{ id: { ...wanted, port: FTP_PORTS.control }, by: "ftp-data" } as const] : [],
    { id: { ...wanted, port: 0 }, by: "every-port" },
  ];
}
