import type { IpAddress, Protocol } from "../../core/model/mod.ts";

/** Looks up host and service names, as the system does (nsswitch.conf). */
export interface NameService extends Disposable {
  /** Returns the name of the host with an address. */
  hostName(address: IpAddress): string | undefined;
  /** Returns the first IPv4 address of a host; ipvsadm looks up no other family. */
  hostAddress(name: string): IpAddress | undefined;
  /** Returns the name of the service on a port. */
  serviceName(port: number, protocol: Protocol): string | undefined;
  /** Returns the port of a service. */
  servicePort(name: string, protocol: Protocol): number | undefined;
}
