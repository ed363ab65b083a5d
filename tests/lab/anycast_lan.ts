/**
 * Directors that announce the same VIP by BGP to one router, which shares connections among them (ECMP); two real
 * servers of the forwarding method dr, and a client behind the router.
 *
 * @module
 */
import type { BackgroundProcess } from "./background_process.ts";
import { lvsctlPath, until } from "./director.ts";
import type { LongConnections } from "./ecmp_connections.ts";
import { inNamespace, ip, mustRun, Namespaces } from "./namespace.ts";
import { denoProgram } from "./traffic.ts";
import { WebServer } from "./web_server.ts";

/** The VIP. */
export const VIP = "192.0.2.10";

/** The routing daemon of a director. */
export type Speaker = "bird" | "frr";

const EXAMPLES = new URL("../../examples/anycast", import.meta.url).pathname;
const ROUTER = "router";
const CLIENT = "client";
const SERVERS = ["r1", "r2"] as const;
const HOME = "/tmp/anycast";

/** The time to notice a director that is dead, in place of the example's: the lab waits for it. */
const QUICK: readonly (readonly [from: string, to: string])[] = [
  ["hold time 9;\n  keepalive time 3;", "hold time 3;\n  keepalive time 1;\n  connect delay time 1;"],
  ["timers 3 9", "timers 1 3"],
  ["timers connect 5", "timers connect 1"],
];

const ROUTER_CONF = (directors: readonly string[]): string => `
router id 10.1.0.254;
protocol device { scan time 1; }
protocol kernel { merge paths yes; ipv4 { import none; export where source = RTS_BGP; }; }
filter from_director {
  if (65535, 0) ~ bgp_community then bgp_local_pref = 0;
  accept;
}
template bgp director {
  local 10.1.0.254 as 65000;
  hold time 3; keepalive time 1; connect delay time 1; connect retry time 2; error wait time 1, 2;
  ipv4 { import filter from_director; export none; };
}
${directors.map((name, at) => `protocol bgp ${name} from director { neighbor 10.1.0.${at + 1} as 65001; }`).join("\n")}
`;

/** The network, until it is disposed of. */
export class AnycastLan implements AsyncDisposable {
  readonly #namespaces: Namespaces;
  readonly #speakers: ReadonlyMap<string, Speaker>;
  readonly #processes = new Map<string, BackgroundProcess[]>();

  private constructor(namespaces: Namespaces, speakers: ReadonlyMap<string, Speaker>) {
    this.#namespaces = namespaces;
    this.#speakers = speakers;
  }

  /** Makes the network with its router; the directors, by name, announce nothing yet. */
  static async create(directors: Readonly<Record<string, Speaker>>): Promise<AnycastLan> {
    const names = Object.keys(directors);
    const hosts = [...names, ...SERVERS, ROUTER];
    const namespaces = await Namespaces.create([...hosts, CLIENT, "lan"], [
      ...hosts.map((name) => `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`),
      `link add dev eth1 netns ${ROUTER} type veth peer name eth0 netns ${CLIENT}`,
    ]);
    const lan = new AnycastLan(namespaces, new Map(Object.entries(directors)));
    try {
      await Deno.mkdir(HOME, { recursive: true });
      await ip([
        "link add br0 type bridge mcast_snooping 0",
        "link set br0 up",
        ...hosts.map((name) => `link set dev ${name} master br0 up`),
      ], "lan");
      const address = (name: string): string =>
        name === ROUTER
          ? "10.1.0.254"
          : `10.1.0.${
            names.includes(name) ? names.indexOf(name) + 1 : 11 + SERVERS.indexOf(name as typeof SERVERS[number])
          }`;
      for (const name of hosts) await ip(["link set eth0 up", `addr add ${address(name)}/24 dev eth0`], name);
      await ip(["link set eth1 up", "addr add 203.0.113.1/24 dev eth1"], ROUTER);
      await ip(["link set eth0 up", "addr add 203.0.113.2/24 dev eth0", "route add default via 203.0.113.1"], CLIENT);
      await lan.#sysctl(ROUTER, "net.ipv4.ip_forward=1", "net.ipv4.fib_multipath_hash_policy=1");
      for (const name of [...names, ...SERVERS]) await ip(["route add default via 10.1.0.254"], name);
      for (const name of names) {
        await ip(["link add vips type dummy", "link set vips up"], name);
        await lan.#sysctl(name, "net.ipv4.vs.sloppy_tcp=1", "net.ipv4.vs.schedule_icmp=1");
      }
      for (const name of SERVERS) {
        await lan.#sysctl(name, "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2");
        await ip([`addr add ${VIP}/32 dev lo`], name);
      }
      await Deno.writeTextFile(`${HOME}/router.conf`, ROUTER_CONF(names));
      lan.#start(ROUTER, ["bird", "-f", "-c", `${HOME}/router.conf`, "-s", `${HOME}/router.ctl`]);
    } catch (error) {
      await lan[Symbol.asyncDispose]();
      throw error;
    }
    return lan;
  }

  /** Starts the routing daemon of a director, with the example's configuration. */
  async announce(name: string): Promise<void> {
    const own = [...this.#speakers.keys()].indexOf(name) + 1;
    const adapt = (text: string): string =>
      QUICK.reduce((all, [from, to]) => all.replaceAll(from, to), text.replaceAll("10.1.0.1", `10.1.0.${own}`));
    if (this.#speakers.get(name) === "bird") {
      const draining = `${HOME}/${name}-draining.conf`;
      await Deno.copyFile(`${EXAMPLES}/draining.conf`, draining);
      const text = adapt(await Deno.readTextFile(`${EXAMPLES}/bird.conf`)).replaceAll(
        "/etc/bird/draining.conf",
        draining,
      );
      await Deno.writeTextFile(`${HOME}/${name}.conf`, text);
      this.#start(name, ["bird", "-f", "-c", `${HOME}/${name}.conf`, "-s", `${HOME}/${name}.ctl`]);
      return;
    }
    const home = `${HOME}/${name}`;
    await Deno.mkdir(home, { recursive: true });
    await Deno.writeTextFile(`${home}/frr.conf`, adapt(await Deno.readTextFile(`${EXAMPLES}/frr.conf`)));
    await mustRun(["chown", "-R", "frr:frr", home]);
    const common = ["--user", "frr", "--group", "frr", "--vty_socket", home, "-z", `${home}/zserv`];
    for (const daemon of ["zebra", "bgpd"]) {
      this.#start(name, [
        `/usr/lib/frr/${daemon}`,
        ...["-f", `${home}/frr.conf`, "-i", `${home}/${daemon}.pid`, "-P", "0", ...common],
      ]);
      await until(async () => await Deno.stat(`${home}/${daemon}.vty`).then(() => true, () => false), {
        withinMs: 20_000,
        what: `${daemon} listens`,
      });
    }
  }

  /** Drains a director by GRACEFUL_SHUTDOWN, or ends that. */
  async drain(name: string, isDraining: boolean): Promise<void> {
    if (this.#speakers.get(name) === "bird") {
      await Deno.writeTextFile(`${HOME}/${name}-draining.conf`, `define draining = ${isDraining};\n`);
      await mustRun(["ip", "netns", "exec", name, "birdc", "-s", `${HOME}/${name}.ctl`, "configure"]);
      return;
    }
    const command = isDraining ? "bgp graceful-shutdown" : "no bgp graceful-shutdown";
    const words = ["configure terminal", "router bgp 65001", command].flatMap((line) => ["-c", line]);
    await mustRun(["ip", "netns", "exec", name, "vtysh", "--vty_socket", `${HOME}/${name}`, ...words]);
  }

  /** Cuts the link of a director. */
  async cut(name: string): Promise<void> {
    await ip([`link set dev ${name} down`], "lan");
  }

  /** Joins the link again. */
  async join(name: string): Promise<void> {
    await ip([`link set dev ${name} up`], "lan");
  }

  /** Starts lvsctl's daemon with a file. */
  async startLvsctl(name: string, file: string): Promise<BackgroundProcess> {
    const daemon = this.#namespaces.start(name, [lvsctlPath(), "run", file]);
    await daemon.untilOutput(/watching/, { timeLimitSeconds: 20 });
    return daemon;
  }

  /** Runs a command on a director that has to succeed. */
  async must(name: string, argv: readonly string[]): Promise<string> {
    return await mustRun(["ip", "netns", "exec", name, ...argv]);
  }

  /** Starts the web servers. */
  async startServers(): Promise<readonly WebServer[]> {
    return await Promise.all(
      SERVERS.map((name) =>
        WebServer.start({ start: (argv) => this.#namespaces.start(name, argv), endpoint: "0.0.0.0:80", body: name })
      ),
    );
  }

  /** Starts servers of long connections. */
  async startLongServers(port: number): Promise<void> {
    const options: LongConnections = { kind: "server", port };
    for (const name of SERVERS) {
      await this.#namespaces.start(name, denoProgram("ecmp_connections.ts", options)).untilOutput(/ready/);
    }
  }

  /** Starts the client of long connections. */
  startLongClient(
    options: Omit<Extract<LongConnections, { readonly kind: "client" }>, "kind" | "address">,
  ): BackgroundProcess {
    const client: LongConnections = { kind: "client", address: VIP, ...options };
    return this.#namespaces.start(CLIENT, denoProgram("ecmp_connections.ts", client));
  }

  /** Starts a client that asks for a page all the time, and prints what fails. */
  startClient(): BackgroundProcess {
    const script = `while :; do curl --silent --show-error --max-time 3 http://${VIP}/ || echo failed; done`;
    return this.#namespaces.start(CLIENT, ["sh", "-c", script]);
  }

  /** The last numbers of the directors to which the router sends packets for the VIP. */
  async nextHops(): Promise<string> {
    const { stdout } = await inNamespace(ROUTER, ["ip", "route", "show", `${VIP}/32`]);
    return [...stdout.matchAll(/via 10\.1\.0\.(\d+)/g)].map(([, last]) => last).sort().join(" ");
  }

  /** Waits for the directors of {@linkcode nextHops}; returns how long that took, in milliseconds. */
  async untilNextHops(expected: string, withinMs = 20_000): Promise<number> {
    let found = "";
    const output = (): string =>
      [...this.#processes].map(([name, all]) => `${name}: ${all.map(({ stderr }) => stderr)}`).join("\n");
    return await until(async () => (found = await this.nextHops()) === expected, {
      withinMs,
      what: `next hops ${expected}`,
      state: () => `${found}\n${output()}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#namespaces[Symbol.asyncDispose]();
  }

  #start(name: string, argv: readonly string[]): void {
    this.#processes.set(name, [...this.#processes.get(name) ?? [], this.#namespaces.start(name, argv)]);
  }

  async #sysctl(name: string, ...settings: readonly string[]): Promise<void> {
    await mustRun(["ip", "netns", "exec", name, "sysctl", "-qw", ...settings]);
  }
}
