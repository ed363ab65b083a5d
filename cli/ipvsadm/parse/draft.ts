import type {
  AddressFamily,
  ForwardingMethod,
  IpAddress,
  Protocol,
  SyncRole,
  Timeouts,
  Tunnel,
} from "../../../core/model/mod.ts";
import type { Format } from "./list_format.ts";
import type { NameService } from "../names.ts";

/** An address with an optional port. */
export interface Endpoint {
  /** The address. */
  readonly address: IpAddress;
  /** The port; `undefined` if it is omitted. */
  readonly port: number | undefined;
}

/** A command line while it is parsed: each option adds to it in order, because ipvsadm's options depend on their order. */
export class Draft {
  /** Looks up names. */
  readonly names: NameService;
  /** Family of the service so far; `undefined` before the service is named. */
  family: AddressFamily | undefined;
  /** Protocol of the service so far. */
  protocol: Protocol | undefined;
  /** Address of the service. */
  address: IpAddress | undefined;
  /** Port of the service; 0 if it is omitted. */
  port = 0;
  /** Firewall mark of the service; 0 if it has none. */
  mark = 0;
  /** Scheduler; "" if it is omitted. */
  scheduler = "";
  /** Scheduler flags as text, which is parsed when the scheduler is known. */
  schedulerFlagNames: string | undefined;
  /** Scheduler flags as bits. */
  schedulerFlags = 0;
  /** Persistence timeout; `undefined`: not persistent. */
  persistenceSeconds: number | undefined;
  /** Persistence netmask: a number for IPv4, a prefix length for IPv6. */
  netmask = 0xffffffff;
  /** Persistence engine. */
  engine: string | undefined;
  /** One-packet scheduling. */
  onePacket = false;
  /** The real server. */
  server: IpAddress | undefined;
  /** Its port. */
  serverPort = 0;
  /** Its forwarding method. */
  forward: ForwardingMethod = "dr";
  /** Its weight. */
  weight = 1;
  /** Its upper threshold. */
  upperThreshold = 0;
  /** Its lower threshold. */
  lowerThreshold = 0;
  /** Its encapsulation. */
  tunnelType: Tunnel["type"] = "ipip";
  /** The encapsulation's port. */
  tunnelPort = 0;
  /** The encapsulation's checksums. */
  tunnelChecksum: Tunnel["checksum"] = "none";
  /** Role of the sync daemon. */
  role: SyncRole | undefined;
  /** Interface of the sync daemon. */
  interface = "";
  /** Id of the sync daemon. */
  syncId = 0;
  /** Longest message of the sync daemon. */
  maxLength: number | undefined;
  /** Group of the sync daemon. */
  group: IpAddress | undefined;
  /** Port of the sync daemon. */
  groupPort: number | undefined;
  /** Time to live of the sync daemon's messages. */
  ttl: number | undefined;
  /** The kernel's timeouts. */
  timeouts: Timeouts = { tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 0 };
  /** Format of a list. */
  readonly format: Format = { numeric: false, exact: false, sorted: true };

  /**
   * Starts with ipvsadm's defaults.
   *
   * @param names Looks up names.
   */
  constructor(names: NameService) {
    this.names = names;
  }
}
