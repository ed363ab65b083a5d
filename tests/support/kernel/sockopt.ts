import type { Destination } from "./destination.ts";
import type { Service } from "./service.ts";
import { readBe16, readU16, readU32 } from "./wire.ts";

const AF_INET = 2;

/** Options of linux/ip_vs.h. */
const IP_VS_SO_GET_SERVICES = 64 + 1024 + 64 + 2;
const IP_VS_SO_GET_DESTS = 64 + 1024 + 64 + 4;

/** Sizes of the structs on 64-bit machines. */
const SERVICES_HEADER = 8;
const SERVICE_BYTES = 104;
const DESTS_HEADER = 24;
const DEST_BYTES = 96;

/** What a socket for options needs of its kernel. */
export interface SockoptKernel {
  /** The services in the kernel's order. */
  services(): readonly Service[];
  /** The text of /proc/net/ip_vs. */
  procText(): string;
  /** The socket was closed. */
  closed(): void;
}

/** The kernel's older interface for IPv4 (do_ip_vs_get_ctl), as a socket that reads options. */
export class MemorySockopt implements Disposable {
  readonly #kernel: SockoptKernel;
  /** Options that were read. */
  readonly options: number[] = [];

  /** Opens a socket of a kernel. */
  constructor(kernel: SockoptKernel) {
    this.#kernel = kernel;
  }

  /** Answers as the kernel does: as many entries as there is room for, and EINVAL for another length than that. */
  read(option: number, whole: Uint8Array, { length }: { readonly length: number }): boolean {
    this.options.push(option);
    const buffer = whole.subarray(0, length);
    const services = this.#kernel.services().filter(({ family }) => family === AF_INET);
    if (option === IP_VS_SO_GET_SERVICES) {
      if (buffer.length !== SERVICES_HEADER + readU32(buffer) * SERVICE_BYTES) return false;
      services.slice(0, readU32(buffer)).forEach((service, index) =>
        writeService(buffer.subarray(SERVICES_HEADER + index * SERVICE_BYTES), service)
      );
      return true;
    }
    if (option !== IP_VS_SO_GET_DESTS) return false;
    if (buffer.length !== DESTS_HEADER + readU32(buffer, 16) * DEST_BYTES) return false;
    const found = services.find((service) => isNamed(service, buffer));
    if (found === undefined) return false;
    found.destinations.filter(({ family }) => family === AF_INET).slice(0, readU32(buffer, 16)).forEach(
      (destination, index) => writeDestination(buffer.subarray(DESTS_HEADER + index * DEST_BYTES), destination),
    );
    return true;
  }

  /** The text of /proc/net/ip_vs. */
  table(): string {
    return this.#kernel.procText();
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#kernel.closed();
  }
}

function isNamed(service: Service, request: Uint8Array): boolean {
  const mark = readU32(request, 12);
  if (mark !== 0) return service.mark === mark;
  return service.mark === 0 && service.protocol === readU16(request) && service.port === readBe16(request, 8) &&
    service.address.subarray(0, 4).join() === request.subarray(4, 8).join();
}

/** `struct ip_vs_service_entry`. */
function writeService(entry: Uint8Array, service: Service): void {
  const view = new DataView(entry.buffer, entry.byteOffset);
  view.setUint16(0, service.mark === 0 ? service.protocol : 6, true);
  entry.set(service.address.subarray(0, 4), 4);
  view.setUint16(8, service.port);
  view.setUint32(12, service.mark, true);
  view.setUint32(32, service.flags, true);
  view.setUint32(44, service.destinations.length, true);
}

/** `struct ip_vs_dest_entry`. */
function writeDestination(entry: Uint8Array, destination: Destination): void {
  const view = new DataView(entry.buffer, entry.byteOffset);
  const { method, weight, upperThreshold, lowerThreshold, connections } = destination;
  entry.set(destination.address.subarray(0, 4));
  view.setUint16(4, destination.port);
  // The kernel has other flags of connections in the higher bits.
  view.setUint32(8, method | 0x100, true);
  [weight, upperThreshold, lowerThreshold, ...connections].forEach((value, index) =>
    view.setUint32(12 + 4 * index, value, true)
  );
}
