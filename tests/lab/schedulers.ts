/**
 * A network whose director has a service for each of some schedulers, each with three real servers of weights 1, 2 and
 * 3, made by lvsctl; and what of the kernel's definition of a scheduler tests have to know.
 *
 * @module
 */
import assert from "node:assert/strict";
import { addressBytes, parseIpAddress } from "../../core/model/mod.ts";
import { Director } from "./director.ts";
import { ip, mustRun, run } from "./namespace.ts";
import { CLIENT, createNatNetwork, DIRECTOR, type Network } from "./network.ts";
import type { Encounter, Visit } from "./visitor_program.ts";
import { Visitors } from "./visitors.ts";

/** The weights of the real servers. */
export const WEIGHTS: Readonly<Record<string, number>> = { r1: 1, r2: 2, r3: 3 };

/** Schedulers that look at the destination: their services take a network of destinations, by a firewall mark. */
const BY_DESTINATION: readonly string[] = ["dh", "lblc", "lblcr"];

/** A request to the service of a scheduler. */
export interface SchedulerVisit extends Pick<Visit, "from" | "fromPort" | "keep"> {
  /**
   * The last byte of the destination, for the schedulers that look at it.
   *
   * @default {1}
   */
  readonly destination?: number;
}

/** The director with its services, and the visitors. */
export class SchedulerBench implements AsyncDisposable {
  /** The director. */
  readonly director: Director;
  /** The visitors. */
  readonly visitors: Visitors;
  /** The schedulers that the kernel has, of those that were asked for. */
  readonly schedulers: readonly string[];
  readonly #network: Network;
  readonly #family: Family;

  private constructor(
    parts: { readonly network: Network; readonly director: Director; readonly visitors: Visitors },
    services: { readonly schedulers: readonly string[]; readonly family: Family },
  ) {
    this.#network = parts.network;
    this.director = parts.director;
    this.visitors = parts.visitors;
    this.schedulers = services.schedulers;
    this.#family = services.family;
  }

  /**
   * Makes the network, and with one `lvsctl restore` its services.
   *
   * @param wanted the names of schedulers; one that the kernel lacks is named in the output and is refused by lvsctl
   * @param family of the services
   * @returns the bench, to be disposed of
   */
  static async create(wanted: readonly string[], family: Family = "ipv4"): Promise<SchedulerBench> {
    const network = await createNatNetwork({ servers: Object.keys(WEIGHTS).length });
    try {
      const director = await Director.of(network);
      const schedulers: string[] = [];
      for (const name of wanted) {
        if (await isInKernel(name)) schedulers.push(name);
        else await refusesMissing(director, name);
      }
      // Refusals are ICMP messages: all of them are to come.
      await mustRun(["ip", "netns", "exec", DIRECTOR, "sysctl", "-qw", ...NO_RATE_LIMIT]);
      const parts = { network, director, visitors: await Visitors.of(network) };
      const bench = new SchedulerBench(parts, { schedulers, family });
      await bench.#leadDestinationsHere();
      const servers = network.servers.map(({ name }) => ({ address: bench.#server(name), weight: WEIGHTS[name] ?? 0 }));
      const services = schedulers.map((scheduler) => ({ listen: bench.service(scheduler), scheduler, servers }));
      await director.must("restore -", { stdin: JSON.stringify({ version: 1, services }) });
      return bench;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.visitors[Symbol.asyncDispose]();
    await this.director[Symbol.asyncDispose]();
    await this.#network[Symbol.asyncDispose]();
  }

  /**
   * The service of a scheduler.
   *
   * @param scheduler its name
   * @returns as lvsctl takes it
   */
  service(scheduler: string): string {
    const number = numberOf(scheduler);
    const isIpv4 = this.#family === "ipv4";
    if (BY_DESTINATION.includes(scheduler)) return isIpv4 ? `fwmark:${number}` : `fwmark6:${number}`;
    const { vip } = this.#network;
    return `tcp://${isIpv4 ? vip.ipv4 : `[${vip.ipv6}]`}:${8000 + number}`;
  }

  /**
   * A destination of a scheduler that looks at it.
   *
   * @param scheduler its name
   * @param host the last part of the address
   * @returns an IP address
   */
  destination(scheduler: string, host: number): string {
    const number = numberOf(scheduler);
    return this.#family === "ipv4" ? `10.65.${number}.${host}` : `fd65:${number}::${host.toString(16)}`;
  }

  /**
   * Edits the real server of a service with lvsctl.
   *
   * @param scheduler whose service
   * @param server the name of the real server
   * @param options of `server edit`
   */
  async edit(scheduler: string, server: string, options: string): Promise<void> {
    await this.director.must(`server edit ${this.service(scheduler)} ${this.#server(server)} ${options}`);
  }

  /**
   * Makes requests to the service of a scheduler, one after the other.
   *
   * @param scheduler whose service
   * @param visits what is special about each
   * @returns what came of each
   */
  visit(scheduler: string, visits: readonly SchedulerVisit[]): Promise<readonly Encounter[]> {
    const target = { address: this.#network.vip[this.#family], port: 8000 + numberOf(scheduler) };
    return this.visitors.visit(visits.map(({ destination = 1, ...visit }) => {
      if (!BY_DESTINATION.includes(scheduler)) return { ...visit, ...target };
      return { ...visit, address: this.destination(scheduler, destination), port: 80 };
    }));
  }

  /** The address and port of a real server. */
  #server(name: string): string {
    const server = this.#network.servers.find((candidate) => candidate.name === name);
    return `${this.#family === "ipv4" ? server?.ipv4 : `[${server?.ipv6}]`}:${this.#network.serverPort}`;
  }

  /** The client sends what is for the destinations to the director, which takes it for its own and marks it. */
  async #leadDestinationsHere(): Promise<void> {
    const isIpv4 = this.#family === "ipv4";
    const [all, gateway] = isIpv4 ? ["10.65.0.0/16", "10.0.0.1"] : ["fd65::/16", "fd00::1"];
    await ip([`route add ${all} via ${gateway}`], CLIENT);
    await ip([`route add local ${all} dev lo`], DIRECTOR);
    for (const scheduler of this.schedulers.filter((name) => BY_DESTINATION.includes(name))) {
      const network = `${this.destination(scheduler, 0)}/${isIpv4 ? 24 : 64}`;
      const rule = `-t mangle -A PREROUTING -d ${network} -j MARK --set-mark ${numberOf(scheduler)}`;
      const iptables = isIpv4 ? "iptables-legacy" : "ip6tables-legacy";
      await mustRun(["ip", "netns", "exec", DIRECTOR, iptables, ...rule.split(" ")]);
    }
  }
}

type Family = "ipv4" | "ipv6";

const NO_RATE_LIMIT = ["net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"];

/** The schedulers that tests know, in the order of their numbers. */
const SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh"] as const;

function numberOf(scheduler: string): number {
  return 1 + SCHEDULERS.findIndex((name) => name === scheduler);
}

/** Whether the kernel has a scheduler, or can load it. */
async function isInKernel(scheduler: string): Promise<boolean> {
  const modprobe = (await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim();
  return (await run([modprobe, "--dry-run", "--quiet", `ip_vs_${scheduler}`])).code === 0;
}

async function refusesMissing(director: Director, scheduler: string): Promise<void> {
  Deno.stdout.writeSync(new TextEncoder().encode(`scheduler ${scheduler}: this kernel does not have it\n`));
  const { code, stderr } = await director.lvsctl(`service add tcp://192.0.2.1:80 --scheduler ${scheduler}`);
  assert.equal(code, 1);
  assert.match(stderr, /no such scheduler|ENOENT/);
}

/** How many buckets sh and dh have. */
const HASH_BUCKETS = 256;

/**
 * The servers of the buckets of a hash: in the order of the kernel's list, which is from the newest to the oldest, each
 * gets as many as its weight says, again and again.
 *
 * @param weights by the names of the servers, in the order in which they were added
 * @returns a name for each bucket
 */
export function hashTable(weights: Readonly<Record<string, number>>): readonly string[] {
  const round = Object.entries(weights).toReversed().flatMap(([name, weight]) => Array<string>(weight).fill(name));
  return Array.from({ length: HASH_BUCKETS }, (_, bucket) => round[bucket % round.length] ?? "");
}

/**
 * The bucket of a number: sh's is the source address plus, with `sh-port`, the port; dh's the destination address.
 * It is the highest byte of the product with 2^32 divided by the square of the golden ratio.
 *
 * @param value 32 bits
 * @returns the number of a bucket
 */
export function hashBucket(value: number): number {
  return Math.imul(value, 0x61C88647) >>> 24;
}

/**
 * An address as the number that is hashed: of an IPv6 address, whose 32 bits at a time are combined by XOR.
 *
 * @param address in the usual form
 * @returns 32 bits
 */
export function addressNumber(address: string): number {
  const bytes = addressBytes(parseIpAddress(address));
  let number = 0;
  for (let index = 0; index < bytes.length; index++) number ^= (bytes[index] ?? 0) << (24 - 8 * (index % 4));
  return number >>> 0;
}
