import type {
  AddressFamily,
  ForwardingMethod,
  IpAddress,
  Protocol,
  SyncRole,
  Timeouts,
  Tunnel,
} from "../../../core/model/mod.ts";
import type { Format } from "../print/format.ts";
import type { NameService } from "../names.ts";

/** Address and port as they were written. */
export interface Endpoint {
  /** The address. */
  readonly address: IpAddress;
  /** The port; `undefined` where none was written. */
  readonly port: number | undefined;
}

/** A command line while it is read: each option adds to it in its turn, for ipvsadm's options depend on their order. */
export class Draft {
  /** Looks up the names in it. */
  readonly names: NameService;
  /** Family of the service so far; `undefined` before the service is named. */
  family: AddressFamily | undefined;
  /** Protocol of the service so far. */
  protocol: Protocol | undefined;
  /** Address of the service. */
  address: IpAddress | undefined;
  /** Port of the service; 0 where none was written. */
  port = 0;
  /** Firewall mark of the service; 0 if it has none. */
  mark = 0;
  /** Scheduler; "" where none was named. */
  scheduler = "";
  /** Scheduler flags as they were written; they are read once the scheduler is known. */
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
  /** How to list. */
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
