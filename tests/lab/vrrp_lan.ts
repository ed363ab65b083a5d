/**
 * A LAN with two directors and a client that asks their VIPs all the time, for the failover between them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Fields, fieldsOf, itemsOf } from "../../core/json/mod.ts";
import type { BackgroundProcess } from "./background_process.ts";
import { cProgram } from "./c_program.ts";
import { lvsctlPath, until } from "./director.ts";
import { inNamespace, ip, mustRun, Namespaces } from "./namespace.ts";
import { type Period, StallMeter } from "./stall_meter.ts";
import { denoProgram } from "./traffic.ts";
import { VipClient } from "./vip_client.ts";
import { hasAddress, OwnerWatch } from "./vip_owners.ts";
import { Forger } from "./vrrp_forger.ts";
import type { ListenerOptions } from "./vrrp_listener.ts";
import { WebServer } from "./web_server.ts";

/** The directors, whose addresses end with 1 and 2, and the client. */
export const DIRECTORS = ["one", "two"] as const;
/** One of {@linkcode DIRECTORS}. */
export type DirectorName = (typeof DIRECTORS)[number];

/** The client. */
export const CLIENT = "client";

/** The VIPs. */
export const VIP = { ipv4: "10.0.0.100", linkLocal: "fe80::51", ipv6: "fd00::100" } as const;

/** The address of a director. */
export function addressOf(name: DirectorName): string {
  return `10.0.0.${DIRECTORS.indexOf(name) + 1}`;
}

/** How long a change of the active director may take in the guest, in addition to the protocol's time; milliseconds. */
export const SLACK_MS = 6000;

/** How much later than the protocol says a director may take over, apart from standstills of the guest; milliseconds. */
export const LATE_MS = 100;

/** How much later keepalived may take over than lvsctl has to, since it is not what is tested; milliseconds. */
export const KEEPALIVED_LATE_MS = 300;

/** How finely the guest's standstills are measured; milliseconds. */
export const STALLS = { tickMs: 2, lateMs: 1 } as const;

/** Time within which the neighbours know the director that stays active after two have been; milliseconds. */
export const NEIGHBOURS_MS = 1000;

/** Prints a line of a measurement. */
export function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** The LAN, until it is disposed of. */
export class VrrpLan implements AsyncDisposable {
  /** The guest's standstills. */
  readonly stalls: StallMeter;
  readonly #namespaces: Namespaces;
  /** Numbers of the processes that answer for the directors. */
  readonly #hosts = new Map<DirectorName, number>();

  private constructor(namespaces: Namespaces, stalls: StallMeter) {
    this.#namespaces = namespaces;
    this.stalls = stalls;
  }

  /** Makes the LAN; each director answers on every address of its own. */
  static async create(): Promise<VrrpLan> {
    const hosts = [...DIRECTORS, CLIENT];
    const namespaces = await Namespaces.create([...hosts, "lan"], [
      ...hosts.map((name) => `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`),
    ]);
    const lan = new VrrpLan(namespaces, await StallMeter.start(STALLS));
    try {
      await ip([
        "link add br0 type bridge mcast_snooping 0",
        "link set br0 up",
        ...hosts.map((name) => `link set dev ${name} master br0 up`),
      ], "lan");
      for (const [at, name] of hosts.entries()) {
        await ip(
          ["link set eth0 up", `addr add 10.0.0.${at + 1}/24 dev eth0`, `addr add fd00::${at + 1}/64 dev eth0 nodad`],
          name,
        );
      }
      // Linux ignores for a second that the hardware address of a neighbour changes again.
      await lan.run(CLIENT, "sysctl -qw net.ipv4.neigh.eth0.locktime=0");
      for (const name of DIRECTORS) lan.#hosts.set(name, (await lan.#run(name, ["host", name])).pid);
    } catch (error) {
      await lan[Symbol.asyncDispose]();
      throw error;
    }
    return lan;
  }

  /** Starts a client that asks an address or several, each 200 times a second by default. */
  async ask(
    address: string | readonly string[],
    { everyMs = 5 }: { readonly everyMs?: number } = {},
  ): Promise<VipClient> {
    const addresses = [address].flat();
    return new VipClient(await this.#run(CLIENT, ["client", String(everyMs), ...addresses]), { addresses, everyMs });
  }

  /** Starts to look whether both directors have an address. */
  watchOwners(address: string = VIP.ipv4): OwnerWatch {
    return new OwnerWatch([...this.#hosts.values()], address);
  }

  /** Starts a program that notes the advertisements to the group of IPv4, as the client gets them. */
  async listen(): Promise<BackgroundProcess> {
    const options: ListenerOptions = { device: "eth0" };
    const process = this.#namespaces.start(CLIENT, denoProgram("vrrp_listener.ts", options));
    await process.untilOutput(/^ready\n/m);
    // It must not be late itself.
    await mustRun(["chrt", "--all-tasks", "--fifo", "--pid", "50", String(process.pid)]);
    return process;
  }

  /** Starts a program that prints each gratuitous ARP on the LAN: the time of day in milliseconds, and the address. */
  async listenForArp(): Promise<BackgroundProcess> {
    const process = this.#namespaces.start("lan", [await cProgram("arp_listener"), "br0"]);
    await process.untilOutput(/^ready\n/);
    return process;
  }

  /** Starts a web server on a director. */
  startServer(name: DirectorName, endpoint: string): Promise<WebServer> {
    return WebServer.start({ start: (argv) => this.#namespaces.start(name, argv), endpoint, body: name });
  }

  /** Starts the daemon on a director, with a virtual router and services in YAML, and waits for a text of its log. */
  async startLvsctl(
    name: DirectorName,
    instance: string,
    { services = [], begun }: {
      readonly services?: readonly string[] | undefined;
      readonly begun?: RegExp | undefined;
    } = {},
  ): Promise<BackgroundProcess> {
    const path = `/tmp/vrrp-${name}.yaml`;
    await Deno.writeTextFile(
      path,
      `version: 1\nvrrp:\n  - ${instance}\nservices:${services.length === 0 ? " []" : ""}\n${
        services.map((line) => `  - ${line}\n`).join("")
      }`,
    );
    return await this.startDaemon(name, path, begun);
  }

  /** Starts the daemon on a director with a file that has a virtual router, and waits for a text of its log. */
  async startDaemon(
    name: DirectorName,
    path: string,
    begun: RegExp = /is backup|is active|at fault/,
  ): Promise<BackgroundProcess> {
    const daemon = this.#namespaces.start(name, [lvsctlPath(), "run", path]);
    await daemon.untilOutput(begun);
    return daemon;
  }

  /** Starts keepalived on a director, which all of its processes leave together when the first is killed. */
  async startKeepalived(name: DirectorName, config: string): Promise<BackgroundProcess> {
    const path = `/tmp/keepalived-${name}.conf`;
    await Deno.writeTextFile(path, config);
    const [parent, vrrp] = ["parent", "vrrp"].map((part) => `/tmp/keepalived-${part}-${name}.pid`);
    // A killed one leaves its files.
    for (const file of [parent, vrrp]) if (file !== undefined) await Deno.remove(file).catch(() => {});
    const keepalived = ["keepalived", "-n", "-l", "-D", "-P", "-f", path, "-p", `${parent}`, "-r", `${vrrp}`];
    const process = this.#namespaces.start(name, ["unshare", "--pid", "--fork", "--kill-child", ...keepalived]);
    await process.untilOutput(/Startup complete/);
    return process;
  }

  /** Starts a program on a director. */
  start(name: DirectorName, argv: readonly string[]): BackgroundProcess {
    return this.#namespaces.start(name, argv);
  }

  /** Starts a program on the client that sends packets of VRRP as they are. */
  async startForger(): Promise<Forger> {
    const process = this.#namespaces.start(CLIENT, denoProgram("vrrp_forger.ts", {}), { takesInput: true });
    await process.untilOutput(/^ready\n/m);
    return new Forger(process);
  }

  /** Runs a command on a host, where it has to succeed, and returns what it prints. */
  async run(name: DirectorName | typeof CLIENT, words: string): Promise<string> {
    const { code, stdout, stderr } = await inNamespace(name, words.split(" "));
    assert.equal(code, 0, `${words}: ${stderr}`);
    return stdout;
  }

  /** The one router of lvsctl's status on a director. */
  async router(name: DirectorName): Promise<Fields> {
    const status: unknown = JSON.parse(await this.lvsctl(name, "vrrp status --json"));
    return fieldsOf(itemsOf(fieldsOf(status)["routers"])[0]);
  }

  /** Stops keepalived as its unit does: its first process only holds its namespace. */
  async stopKeepalived(keepalived: BackgroundProcess): Promise<void> {
    const children = await Deno.readTextFile(`/proc/${keepalived.pid}/task/${keepalived.pid}/children`);
    Deno.kill(Number(children.trim().split(" ")[0]), "SIGTERM");
    await keepalived.finished();
  }

  /** Runs lvsctl on a director, where it has to succeed, and returns what it prints. */
  async lvsctl(name: DirectorName, words: string): Promise<string> {
    const { code, stdout, stderr } = await inNamespace(name, [lvsctlPath(), ...words.split(" ")]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, words);
    return stdout;
  }

  /** The directors that have an address. */
  holders(address: string): readonly DirectorName[] {
    return DIRECTORS.filter((name) => hasAddress(this.#hosts.get(name) ?? 0, address));
  }

  /** Waits until one director has an address, and the other does not. */
  async untilHolder(
    name: DirectorName,
    { address = VIP.ipv4, withinMs, state }: {
      readonly address?: string;
      readonly withinMs: number;
      readonly state?: () => string;
    },
  ): Promise<void> {
    await until(() => this.holders(address).join() === name, {
      withinMs,
      what: `${name} alone has ${address}`,
      ...(state === undefined ? {} : { state }),
    });
  }

  /** Begins to measure the time without an answer. */
  begin(client: VipClient): void {
    client.begin();
    this.stalls.takeLongestMs();
  }

  /** How long the guest stood still within a period that a limit is about; milliseconds. */
  lostMs(period: Period | undefined): number {
    return period === undefined ? 0 : Math.round(this.stalls.lostMs(period));
  }

  /**
   * Asserts that the client had no longer gap than the protocol allows since {@linkcode begin}, and prints the longest one.
   * A gap may be longer by {@linkcode LATE_MS}, and by the time that the guest stood still within it.
   *
   * @param client Who asks.
   * @param limits The protocol's time, in milliseconds, and what happened; by default of the client's first address. An
   * address `beside` it, which never moves and which the client asks too, shows when the guest's network stood still.
   */
  assertGap(
    client: VipClient,
    { boundMs, what, address, beside }: {
      readonly boundMs: number;
      readonly what: string;
      readonly address?: string;
      readonly beside?: string;
    },
  ): void {
    const { gaps, longestGapMs } = address === undefined ? client.answers : client.answersOf(address);
    const limitMs = boundMs + LATE_MS + client.everyMs;
    const others = beside === undefined ? [] : client.answersOf(beside).gaps;
    const silentMs = ({ from, to }: Period): number =>
      Math.round(
        others.reduce((sum, other) => sum + Math.max(0, Math.min(to, other.to) - Math.max(from, other.from)), 0),
      );
    const [worst] = gaps.map((gap) => ({ ...gap, lostMs: Math.max(this.lostMs(gap), silentMs(gap)) }))
      .toSorted((one, other) => other.gapMs - other.lostMs - one.gapMs + one.lostMs);
    const { gapMs = 0, lostMs = 0 } = worst ?? {};
    const text = `${what}: ${longestGapMs} ms without an answer (protocol ${Math.round(boundMs)} ms; ` +
      `the guest stood still for ${lostMs} of ${Math.round(gapMs)} ms)`;
    printLine(text);
    assert.ok(gapMs - lostMs <= limitMs, text);
  }

  /** The hardware address that the client has for an address; undefined without one. */
  async hardwareAddress(address: string): Promise<string | undefined> {
    const { stdout } = await inNamespace(CLIENT, ["ip", "neighbour", "show", address]);
    return / lladdr (\S+)/.exec(stdout)?.[1];
  }

  /** Waits until a director answers the client, at its first address or at another. */
  async untilAnswer(client: VipClient, name: DirectorName, address?: string): Promise<void> {
    const names = (): readonly string[] => (address === undefined ? client.answers : client.answersOf(address)).names;
    await until(() => names().at(-1) === name, {
      withinMs: 2 * SLACK_MS,
      what: `${name} answers the client`,
      state: () => names().join(),
    });
  }

  /** Kills what runs, and deletes the namespaces. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stalls[Symbol.asyncDispose]();
    await this.#namespaces[Symbol.asyncDispose]();
  }

  async #run(namespace: string, words: readonly string[]): Promise<BackgroundProcess> {
    const process = this.#namespaces.start(namespace, [await cProgram("vip_echo"), ...words]);
    await process.untilOutput(/^ready\n/m);
    return process;
  }
}
