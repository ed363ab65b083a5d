import { addressFamily } from "./address.ts";
import type { RealServer } from "./server.ts";
import { fullNetmask, MAX_PERSISTENCE_SECONDS, serviceFamily, type ServiceId, type VirtualService } from "./service.ts";

/** A setting that must not be sent to the kernel, and its remedy. */
export interface Objection {
  /** Key of the setting in the configuration file. */
  readonly key: string;
  /** Why it is wrong. */
  readonly reason: string;
  /** What to do about it. */
  readonly hint: string;
}

/** The errors in a virtual service that the kernel would accept, or would refuse without a reason. */
export function serviceObjections(service: VirtualService): Objection[] {
  const { id, persistence, onePacket } = service;
  const objections: Objection[] = [];
  if (id.kind === "endpoint" && id.port === 0 && persistence === undefined) {
    objections.push({
      key: "listen",
      reason: "port 0 stands for every port, which only a persistent service can have",
      hint: "name a port or make it persistent",
    });
  }
  if (onePacket && id.kind === "endpoint" && id.protocol !== "udp") {
    objections.push({
      key: "one_packet",
      reason: `one-packet scheduling is for UDP, and this service is ${id.protocol}`,
      hint: "leave it out",
    });
  }
  if (persistence !== undefined) {
    const { timeoutSeconds, netmask } = persistence;
    if (timeoutSeconds < 1 || timeoutSeconds > MAX_PERSISTENCE_SECONDS) {
      objections.push({
        key: "persistence",
        reason: `the persistence timeout is ${timeoutSeconds} s`,
        hint: "it has to be from 1s to 31d",
      });
    }
    const family = serviceFamily(id);
    if (family === "ipv6" && (netmask < 1 || netmask > fullNetmask(family))) {
      objections.push({ key: "persistence", reason: `the prefix length is ${netmask}`, hint: "it has to be 1 to 128" });
    }
  }
  return objections;
}

/** The errors in a real server of a service. */
export function serverObjections(id: ServiceId, server: RealServer): Objection[] {
  const { forward, tunnel, upperThreshold, lowerThreshold } = server;
  const objections: Objection[] = [];
  const object = (key: string, reason: string, hint: string): void => void objections.push({ key, reason, hint });
  // The kernel reports a tunnel to an address of its own as "local".
  if (addressFamily(server.address) !== serviceFamily(id) && forward !== "tun" && forward !== "local") {
    object(
      "address",
      `its address family differs from the virtual service's, which ${forward} cannot bridge`,
      "use an address of the same family, or the forwarding method tun",
    );
  }
  if (lowerThreshold > upperThreshold) {
    object(
      "lower_threshold",
      `the lower threshold ${lowerThreshold} is above the upper threshold ${upperThreshold}`,
      "give an upper threshold that is at least as large",
    );
  }
  const isPlain = tunnel.type === "ipip" && tunnel.port === 0 && tunnel.checksum === "none";
  if (forward !== "tun") {
    if (!isPlain) object("tunnel", `the forwarding method ${forward} has no tunnel`, "use the forwarding method tun");
  } else if (tunnel.type === "gue" && tunnel.port === 0) {
    object("tunnel", "a gue tunnel needs a port", "give the UDP port that the real server decapsulates on");
  } else if (tunnel.type !== "gue" && tunnel.port !== 0) {
    object("tunnel", `a tunnel of type ${tunnel.type} has no port`, "leave the port out");
  } else if (tunnel.type === "ipip" && tunnel.checksum !== "none") {
    object("tunnel", "an ipip tunnel has no checksum option", "leave it out");
  } else if (tunnel.type === "gre" && tunnel.checksum === "remcsum") {
    object("tunnel", "remote checksum offload is for gue tunnels only", "use none or csum");
  }
  return objections;
}
