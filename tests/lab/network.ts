/**
 * Networks inside the lab's guest: a client, a director and real servers, each in a namespace, for each of the three
 * forwarding methods, over IPv4 and IPv6. The director has no rules yet; the real servers answer with their names.
 *
 * ```ts ignore
 * await using network = await createNatNetwork();
 * await inNamespace("director", ["ipvsadm", "-R"], { stdin: rules });
 * const { servers } = await ask("client", { address: network.vip.ipv4, port: 80 });
 * ```
 *
 * @module
 */
import { ip, mustRun, Namespaces, type StartOptions } from "./namespace.ts";
import type { BackgroundProcess } from "./background_process.ts";
import type { ServedAddresses } from "./real_server.ts";
import { denoProgram } from "./traffic.ts";

/** A host's two addresses. */
export interface Addresses {
  /** Its IPv4 address. */
  readonly ipv4: string;
  /** Its IPv6 address. */
  readonly ipv6: string;
}

/** A real server. */
export interface RealServer extends Addresses {
  /** Its namespace, and what it answers. */
  readonly name: string;
}

/** How a network is made. */
export interface NetworkOptions {
  /**
   * How many real servers: r1, r2...
   *
   * @default {3}
   */
  readonly servers?: number;
  /**
   * Without what belongs to LVS: no host has a VIP, and the real servers are as any other host. Whoever makes the network
   * sees to that, and then calls {@linkcode Network.serve}.
   *
   * @default {false}
   */
  readonly bare?: boolean;
}

/** The client and the director of every network; the real servers are r1, r2... */
export const CLIENT = "client";
/** The namespace where IPVS does its work. */
export const DIRECTOR = "director";

/** A network as data. */
interface Plan {
  readonly vip: Addresses;
  readonly servers: readonly RealServer[];
  /** The port of the real servers. */
  readonly serverPort: number;
  readonly hosts: readonly Host[];
  /** What joins the hosts, as `ip` commands. */
  readonly links: readonly string[];
  /** The addresses besides its own from which a real server answers. */
  readonly serverAnswersFrom: readonly string[];
  /** Whether the real servers are started later. */
  readonly bare: boolean;
}

interface Host {
  readonly name: string;
  /** Set before it has addresses. */
  readonly sysctls?: readonly string[];
  /** Links up, addresses, routes, as `ip` commands. */
  readonly ip: readonly string[];
}

/** A network that is there until it is disposed of. */
export class Network implements AsyncDisposable {
  /** The addresses of the virtual service, on the director. */
  readonly vip: Addresses;
  /** The real servers. */
  readonly servers: readonly RealServer[];
  /** The port of the real servers; with dr and tun it is the service's, 80. */
  readonly serverPort: number;
  readonly #namespaces: Namespaces;
  readonly #served: readonly ServedAddresses[];

  private constructor(plan: Plan, namespaces: Namespaces) {
    this.vip = plan.vip;
    this.servers = plan.servers;
    this.serverPort = plan.serverPort;
    this.#namespaces = namespaces;
    this.#served = plan.servers.map(({ name, ipv4, ipv6 }) => ({
      namespace: name,
      port: plan.serverPort,
      udpAddresses: [ipv4, ipv6, ...plan.serverAnswersFrom],
    }));
  }

  /** Makes what the plan says, and starts the real servers unless it is bare. */
  static async create(plan: Plan): Promise<Network> {
    const namespaces = await Namespaces.create(plan.hosts.map(({ name }) => name), plan.links);
    const network = new Network(plan, namespaces);
    try {
      for (const host of plan.hosts) {
        if (host.sysctls) await mustRun(["ip", "netns", "exec", host.name, "sysctl", "-qw", ...host.sysctls]);
        await ip(host.ip, host.name);
      }
      if (!plan.bare) await network.serve();
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  /** Starts the real servers, which have the addresses by now from which they answer. */
  async serve(): Promise<void> {
    await this.start(DIRECTOR, denoProgram("real_server.ts", this.#served)).untilOutput(/^ready\n/);
  }

  /**
   * Starts a program that is killed, at the latest, when the network goes.
   *
   * @param namespace where
   * @param argv the program and its arguments
   * @param options its environment, and whether it takes input
   * @returns the running program
   */
  start(
    namespace: string,
    argv: readonly string[],
    options: StartOptions = {},
  ): BackgroundProcess {
    return this.#namespaces.start(namespace, argv, options);
  }

  /** Kills what was started, and deletes the namespaces. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#namespaces[Symbol.asyncDispose]();
  }
}

/**
 * The director is a router between the client and the real servers, and their default gateway.
 *
 * ```text
 * client .2 --- 10.0.0.0/24, fd00::/64 --- .1 director .1 --- 10.1.0.0/24, fd00:1::/64 --- .11 r1, .12 r2...
 *                              VIP 10.0.0.100, fd00::100
 * ```
 *
 * @param options how many real servers
 * @returns the network, to be disposed of
 */
export function createNatNetwork(options: NetworkOptions = {}): Promise<Network> {
  const servers = serverList(options, (n) => ({ ipv4: `10.1.0.${10 + n}`, ipv6: `fd00:1::${10 + n}` }));
  const vip = { ipv4: "10.0.0.100", ipv6: "fd00::100" };
  const { bare = false } = options;
  return Network.create({
    vip,
    servers,
    bare,
    serverPort: 8080,
    serverAnswersFrom: [],
    links: [
      veth([CLIENT, "eth0"], [DIRECTOR, "eth0"]),
      ...servers.map(({ name }) => veth([name, "eth0"], [DIRECTOR, name])),
    ],
    hosts: [
      { name: CLIENT, ip: device("eth0", ["10.0.0.2/24", "fd00::2/64"]) },
      {
        name: DIRECTOR,
        sysctls: FORWARDING,
        ip: [
          ...device("eth0", ["10.0.0.1/24", "fd00::1/64", ...(bare ? [] : prefixes(vip))]),
          "link add br0 type bridge",
          ...servers.map(({ name }) => `link set dev ${name} master br0 up`),
          ...device("br0", ["10.1.0.1/24", "fd00:1::1/64"]),
        ],
      },
      ...servers.map(({ name, ipv4, ipv6 }) => ({
        name,
        ip: [...device("eth0", [`${ipv4}/24`, `${ipv6}/64`]), ...defaultRoutes("10.1.0.1", "fd00:1::1")],
      })),
    ],
  });
}

/**
 * All are on one LAN, and the real servers have the VIP too, without telling anybody.
 *
 * ```text
 * 10.0.0.0/24, fd00::/64: client .2, director .1, r1 .11, r2 .12...; VIP 10.0.0.100, fd00::100
 * ```
 *
 * @param options how many real servers
 * @returns the network, to be disposed of
 */
export function createDrNetwork(options: NetworkOptions = {}): Promise<Network> {
  const servers = serverList(options, (n) => ({ ipv4: `10.0.0.${10 + n}`, ipv6: `fd00::${10 + n}` }));
  const vip = { ipv4: "10.0.0.100", ipv6: "fd00::100" };
  const { bare = false } = options;
  const vipAddresses = bare ? [] : prefixes(vip);
  const hosts: readonly Host[] = [
    { name: CLIENT, ip: device("eth0", ["10.0.0.2/24", "fd00::2/64"]) },
    {
      name: DIRECTOR,
      sysctls: [...FORWARDING, "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.eth0.send_redirects=0"],
      ip: device("eth0", ["10.0.0.1/24", "fd00::1/64", ...vipAddresses]),
    },
    ...servers.map(({ name, ipv4, ipv6 }) => ({
      name,
      // Before the VIP is there. IPv6 needs no such thing: an interface is asked only for its own addresses.
      ...(bare ? {} : { sysctls: ["net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2"] }),
      ip: [...device("eth0", [`${ipv4}/24`, `${ipv6}/64`]), ...device("lo", vipAddresses)],
    })),
  ];
  const lan = hosts.map(({ name }) => name);
  return Network.create({
    vip,
    servers,
    bare,
    serverPort: 80,
    serverAnswersFrom: [vip.ipv4, vip.ipv6],
    links: lan.map((name) => veth([name, "eth0"], ["lan", name])),
    hosts: [
      {
        name: "lan",
        ip: ["link add br0 type bridge", "link set br0 up", ...lan.map((name) => `link set dev ${name} master br0 up`)],
      },
      ...hosts,
    ],
  });
}

/**
 * A router joins the client, the director and each real server, which are in networks of their own. The VIP is routed
 * to the director; the real servers have it too, and take what comes out of an IPIP tunnel from anyone.
 *
 * ```text
 * client 10.0.0.2, fd00::2; director 10.1.0.2, fd01::2; r1 10.2.1.2, fd02:1::2, r2 10.2.2.2...; VIP 10.9.9.9, fd09::9
 * ```
 *
 * @param options how many real servers
 * @returns the network, to be disposed of
 */
export async function createTunNetwork(options: NetworkOptions = {}): Promise<Network> {
  // Each new namespace then has the fallback devices tunl0 and ip6tnl0.
  const modprobe = (await Deno.readTextFile("/proc/sys/kernel/modprobe")).trim();
  await mustRun([modprobe, "--all", ...TUNNEL_MODULES]);

  const servers = serverList(options, (n) => ({ ipv4: `10.2.${n}.2`, ipv6: `fd02:${n}::2` }));
  const vip = { ipv4: "10.9.9.9", ipv6: "fd09::9" };
  const { bare = false } = options;
  const attach = ({ ipv4, ipv6 }: Addresses): readonly string[] => [
    ...device("eth0", [`${ipv4}/24`, `${ipv6}/64`]),
    ...defaultRoutes(gateway(ipv4), gateway(ipv6)),
  ];
  const client = { name: CLIENT, ipv4: "10.0.0.2", ipv6: "fd00::2" };
  const director = { name: DIRECTOR, ipv4: "10.1.0.2", ipv6: "fd01::2" };
  const attached = [client, director, ...servers];
  return Network.create({
    vip,
    servers,
    bare,
    serverPort: 80,
    serverAnswersFrom: [vip.ipv4, vip.ipv6],
    links: attached.map(({ name }) => veth([name, "eth0"], ["router", name])),
    hosts: [
      {
        name: "router",
        sysctls: FORWARDING,
        ip: [
          ...attached.flatMap(({ name, ipv4, ipv6 }) => device(name, [`${gateway(ipv4)}/24`, `${gateway(ipv6)}/64`])),
          `route add ${vip.ipv4}/32 via ${director.ipv4}`,
          `route add ${vip.ipv6}/128 via ${director.ipv6}`,
        ],
      },
      { name: CLIENT, ip: attach(client) },
      { name: DIRECTOR, sysctls: FORWARDING, ip: [...attach(director), ...device("lo", bare ? [] : prefixes(vip))] },
      ...servers.map((server) => ({
        name: server.name,
        // What comes out of the tunnel has a source that is routed elsewhere.
        sysctls: bare
          ? ["net.ipv4.conf.all.rp_filter=1"] // strict, as on many a machine
          : ["net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.tunl0.rp_filter=0"],
        ip: [
          ...attach(server),
          ...(bare ? [] : [...device("tunl0", [`${vip.ipv4}/32`]), ...device("ip6tnl0", [`${vip.ipv6}/128`])]),
        ],
      })),
    ],
  });
}

/** What makes the devices of every kind of tunnel, in each namespace that is made after. */
const TUNNEL_MODULES = ["ipip", "ip6_tunnel", "ip_gre", "ip6_gre"];

const FORWARDING = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];

function serverList({ servers = 3 }: NetworkOptions, addresses: (number: number) => Addresses): readonly RealServer[] {
  return Array.from({ length: servers }, (_, index) => ({ name: `r${index + 1}`, ...addresses(index + 1) }));
}

function veth([host, name]: readonly [string, string], [peer, peerName]: readonly [string, string]): string {
  return `link add dev ${name} netns ${host} type veth peer name ${peerName} netns ${peer}`;
}

/** Brings a device up, with addresses. */
function device(name: string, addresses: readonly string[]): readonly string[] {
  return [
    `link set dev ${name} up`,
    // Without nodad an IPv6 address cannot be used for the first second.
    ...addresses.map((address) => `addr add ${address} dev ${name}${address.includes(":") ? " nodad" : ""}`),
  ];
}

function prefixes({ ipv4, ipv6 }: Addresses): readonly string[] {
  return [`${ipv4}/32`, `${ipv6}/128`];
}

function defaultRoutes(ipv4: string, ipv6: string): readonly string[] {
  return [`route add default via ${ipv4}`, `route add default via ${ipv6}`];
}

/** The first address of the network that a host is the second of. */
function gateway(address: string): string {
  return address.replace(/2$/, "1");
}
