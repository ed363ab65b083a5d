import { Destination, numbersErrno, parseDestination, requestedMethod } from "./destination.ts";
import { EAFNOSUPPORT, EEXIST, EINVAL, ENOENT, ESRCH } from "./errnos.ts";
import type { MemoryKernelOptions } from "./options.ts";
import { parseService, Service } from "./service.ts";
import { NO_TRAFFIC } from "./traffic.ts";
import type { Attributes } from "./wire.ts";

const TUNNEL = 2;

/** Attributes at the top level of a request. */
const SERVICE = 1;
const DEST = 2;

/** The services and destinations, and the kernel's operations on them. */
export class Table {
  readonly services = new Map<string, Service>();
  readonly #options: Required<MemoryKernelOptions>;

  constructor(options: Required<MemoryKernelOptions>) {
    this.#options = options;
  }

  /** Whether a server is of another address family than its service. */
  get hasMixedFamilies(): boolean {
    return [...this.services.values()]
      .some((service) => service.destinations.some(({ family }) => family !== service.family));
  }

  /** NEW_SERVICE. */
  addService(request: Attributes): number {
    const parsed = parseService(request.get(SERVICE), this.#options);
    if (typeof parsed === "number") return parsed;
    // A missing attribute is reported before an existing service, and an unknown name after it.
    if ([6, 7, 8, 9].some((type) => !parsed.attributes.has(type))) return EINVAL;
    if (this.services.has(parsed.key)) return EEXIST;
    const service = new Service(parsed);
    const errno = service.update(parsed, this.#options);
    if (errno === 0) this.services.set(parsed.key, service);
    return errno;
  }

  /** SET_SERVICE. */
  editService(request: Attributes): number {
    const parsed = parseService(request.get(SERVICE), this.#options);
    if (typeof parsed === "number") return parsed;
    if ([6, 7, 8, 9].some((type) => !parsed.attributes.has(type))) return EINVAL;
    return this.services.get(parsed.key)?.update(parsed, this.#options) ?? ESRCH;
  }

  /** DEL_SERVICE. */
  deleteService(request: Attributes): number {
    const service = this.find(request);
    if (typeof service === "number") return service;
    this.services.delete(service.key);
    return 0;
  }

  /** NEW_DEST, SET_DEST and DEL_DEST. */
  changeDestination(request: Attributes, what: "add" | "edit" | "delete", runsSyncDaemon: boolean): number {
    const service = this.find(request);
    if (typeof service === "number") return service;
    const parsed = parseDestination(request.get(DEST), what !== "delete");
    if (typeof parsed === "number") return parsed;
    const family = parsed.family === 0 ? service.family : parsed.family;
    if (family !== 2 && (family !== 10 || !this.#options.hasIpv6)) return EAFNOSUPPORT;
    const index = service.destinations.findIndex((destination) => destination.is(family, parsed));
    const found = service.destinations[index];
    if (what === "delete") {
      if (found === undefined) return ENOENT;
      service.destinations.splice(index, 1);
      return 0;
    }
    if (family !== service.family && (runsSyncDaemon || requestedMethod(parsed) !== TUNNEL)) return EINVAL;
    const errno = numbersErrno(parsed, this.#options);
    if (errno !== 0) return errno;
    if (what === "edit") {
      if (found === undefined) return ENOENT;
      found.update(parsed, this.#options);
      return 0;
    }
    if (found !== undefined) return EEXIST;
    const destination = new Destination(family, parsed);
    const refused = destination.addressErrno();
    if (refused !== 0) return refused;
    destination.update(parsed, this.#options);
    service.destinations.unshift(destination);
    return 0;
  }

  /** ZERO. */
  zero(request: Attributes): number {
    const found = request.has(SERVICE) ? this.find(request) : undefined;
    if (typeof found === "number") return found;
    for (const service of found === undefined ? this.services.values() : [found]) {
      service.traffic = NO_TRAFFIC;
      for (const destination of service.destinations) destination.traffic = NO_TRAFFIC;
    }
    return 0;
  }

  /** The service that a request names; an errno if there is none. */
  find(request: Attributes): Service | number {
    const parsed = parseService(request.get(SERVICE), this.#options);
    if (typeof parsed === "number") return parsed;
    return this.services.get(parsed.key) ?? ESRCH;
  }

  /** All services in the kernel's order: addresses before firewall marks, each by a hash, so in an arbitrary order. */
  inOrder(): Service[] {
    const rank = (service: Service): string => `${service.mark === 0 ? 0 : 1}${hash(service.key)}`;
    return [...this.services.values()].sort((a, b) => rank(a) < rank(b) ? -1 : 1);
  }
}

function hash(text: string): string {
  let sum = 0;
  for (const character of text) sum = (sum * 33 + character.charCodeAt(0)) % 65521;
  return String(sum).padStart(5, "0");
}
