import type { IpAddress, Protocol } from "../../core/model/mod.ts";

/** Host and service names, as the system knows them (nsswitch.conf). */
export interface NameService extends Disposable {
  /** The name of the host that has an address. */
  hostName(address: IpAddress): string | undefined;
  /** The first address of a host; IPv4, for ipvsadm asks for no other. */
  hostAddress(name: string): IpAddress | undefined;
  /** The name of the service on a port. */
  serviceName(port: number, protocol: Protocol): string | undefined;
  /** The port of a service. */
  servicePort(name: string, protocol: Protocol): number | undefined;
}
