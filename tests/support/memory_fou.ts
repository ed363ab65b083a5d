import { FouClient } from "../../core/fou/mod.ts";
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR } from "../../core/netlink/message.ts";
import { EAFNOSUPPORT, EINVAL, EOPNOTSUPP, EPERM } from "./kernel/errnos.ts";
import { Faults } from "./kernel/faults.ts";
import { MemorySocket } from "./kernel/socket.ts";
import { attribute, big, little, message, parseAttributes, readBe16, readU16, readU32 } from "./kernel/wire.ts";

const EADDRINUSE = 98;
const [ADD, DELETE, GET] = [1, 2, 3];
const FAMILY = 0x1e;

/** A port of the in-memory kernel: 2 is GUE. */
export interface MemoryPort {
  readonly port: number;
  readonly family: number;
  readonly encapsulation: number;
}

/** A kernel's ports that unpack tunnels, in memory at the level of netlink datagrams, without lvsctl's own code. */
export class MemoryFou {
  /** Faults that a test injects. */
  readonly faults = new Faults();
  /** The ports. */
  readonly ports: MemoryPort[] = [];
  /** Number of open sockets. */
  open = 0;

  /** Opens a client on a new socket. */
  openClient(): FouClient {
    this.open++;
    const run = (datagram: Uint8Array, socket: MemorySocket): void => this.#run(datagram, socket);
    const closed = (): void => void this.open--;
    const socket = new MemorySocket({ run, closed }, { faults: this.faults, bufferBytes: 1 << 20 });
    return new FouClient(socket, { family: FAMILY });
  }

  #run(datagram: Uint8Array, socket: MemorySocket): void {
    const bytes = datagram.subarray(0, readU32(datagram));
    const [type, flags, sequence] = [readU16(bytes, 4), readU16(bytes, 6), readU32(bytes, 8)];
    const command = bytes[16];
    if ((flags & NLM_F_DUMP) === NLM_F_DUMP && command === GET) {
      const header = { flags: NLM_F_MULTI, sequence };
      const entries = this.ports.map((port) => message({ ...header, type }, [GET, 1, 0, 0, ...encode(port)]));
      return socket.startDump([...entries, message({ ...header, type: NLMSG_DONE }, little(0, 4))]);
    }
    const errno = this.faults.isPermitted ? this.#change(command, bytes.subarray(20)) : EPERM;
    if (errno === 0 && (flags & NLM_F_ACK) === 0) return;
    const body = [...little(-errno, 4), ...bytes.subarray(0, 16)];
    socket.answer(message({ type: NLMSG_ERROR, flags: 0x100, sequence }, body));
  }

  #change(command: number | undefined, body: Uint8Array): number {
    const fault = this.faults.next("change");
    if (fault !== 0) return fault;
    const attributes = parseAttributes(body);
    const port = readBe16(attributes.get(1) ?? new Uint8Array(2));
    const family = attributes.get(2)?.[0] ?? 2;
    if (family !== 2 && family !== 10) return EAFNOSUPPORT;
    const at = this.ports.findIndex((other) => other.port === port && other.family === family);
    if (command === ADD) {
      if (at >= 0) return EADDRINUSE;
      // The kernel has the last one first.
      this.ports.unshift({ port, family, encapsulation: attributes.get(4)?.[0] ?? 0 });
      return 0;
    }
    if (command !== DELETE) return EOPNOTSUPP;
    if (at < 0) return EINVAL;
    this.ports.splice(at, 1);
    return 0;
  }
}

function encode({ port, family, encapsulation }: MemoryPort): number[] {
  return [
    ...attribute(2, [family]),
    ...attribute(1, big(port, 2)),
    ...attribute(11, little(0, 4)),
    ...attribute(3, [0]),
    ...attribute(4, [encapsulation]),
  ];
}
