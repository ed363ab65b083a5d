/**
 * A LAN with two directors and a client that asks their VIPs all the time, for the failover between them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Fields, fieldsOf, itemsOf } from "../../core/json/mod.ts";
import type { BackgroundProcess } from "./background_process.ts";
import { lvsctlPath, until } from "./director.ts";
import { inNamespace, ip, Namespaces } from "./namespace.ts";
import { denoProgram } from "./traffic.ts";
import type { EchoOptions } from "./vip_echo.ts";
import type { ForgedPackets } from "./vrrp_forger.ts";
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

/** How long the directors are left alone between two looks; milliseconds. */
const LOOK_MS = 300;

/** The client's answers. */
export interface Answers {
  /** The longest time without an answer; milliseconds. */
  readonly longestGapMs: number;
  /** The names of the directors that answered, in order, without repetitions in a row. */
  readonly names: readonly string[];
}

/** A client that asks a VIP. */
export class VipClient {
  readonly #process: BackgroundProcess;

  /** Takes a running client. */
  constructor(process: BackgroundProcess) {
    this.#process = process;
  }

  /** Ends it, so that it takes no more of the guest's processor. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** All answers up to now. */
  get answers(): Answers {
    const lines = this.#process.stdout.split("\n").slice(1, -1).map((line) => line.split(" "));
    const times = lines.map(([time]) => Number(time));
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
    const names = lines.map(([, name = ""]) => name);
    return {
      longestGapMs: Math.round(Math.max(0, ...gaps)),
      names: names.filter((name, index) => name !== names[index - 1]),
    };
  }
}

/** Prints a line of a measurement. */
export function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** The LAN, until it is disposed of. */
export class VrrpLan implements AsyncDisposable {
  readonly #namespaces: Namespaces;

  private constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
  }

  /** Makes the LAN; each director answers on every address of its own. */
  static async create(): Promise<VrrpLan> {
    const hosts = [...DIRECTORS, CLIENT];
    const namespaces = await Namespaces.create([...hosts, "lan"], [
      ...hosts.map((name) => `link add dev eth0 netns ${name} type veth peer name ${name} netns lan`),
    ]);
    const lan = new VrrpLan(namespaces);
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
      for (const name of DIRECTORS) await lan.#run(name, { kind: "host", name });
    } catch (error) {
      await lan[Symbol.asyncDispose]();
      throw error;
    }
    return lan;
  }

  /** Starts a client that asks an address, by default every ten milliseconds. */
  async ask(address: string, { everyMs = 10 }: { readonly everyMs?: number } = {}): Promise<VipClient> {
    return new VipClient(await this.#run(CLIENT, { kind: "client", address, everyMs }));
  }

  /** Starts a web server on a director. */
  startServer(name: DirectorName, endpoint: string): Promise<WebServer> {
    return WebServer.start({ start: (argv) => this.#namespaces.start(name, argv), endpoint, body: name });
  }

  /** Starts the daemon on a director, with a virtual router and services in YAML, and waits for a text of its log. */
  async startLvsctl(
    name: DirectorName,
    instance: string,
    services: readonly string[] = [],
    begun?: RegExp,
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

  /** Sends packets of VRRP from the client, as they are. */
  async forge(options: ForgedPackets): Promise<void> {
    const { code, stderr } = await inNamespace(CLIENT, denoProgram("vrrp_forger.ts", options));
    assert.equal(code, 0, stderr);
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
  async holders(address: string): Promise<readonly DirectorName[]> {
    const found = await Promise.all(DIRECTORS.map(async (name) => {
      const { stdout } = await inNamespace(name, ["ip", "-oneline", "address", "show"]);
      return stdout.includes(` ${address}/`) ? [name] : [];
    }));
    return found.flat();
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
    const isHolder = async (): Promise<boolean> => {
      // A look starts programs, which take the guest's only processor from the daemons.
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      return (await this.holders(address)).join() === name;
    };
    await until(isHolder, {
      withinMs,
      what: `${name} alone has ${address}`,
      ...(state === undefined ? {} : { state }),
    });
  }

  /** The hardware address that the client has for an address; undefined without one. */
  async hardwareAddress(address: string): Promise<string | undefined> {
    const { stdout } = await inNamespace(CLIENT, ["ip", "neighbour", "show", address]);
    return / lladdr (\S+)/.exec(stdout)?.[1];
  }

  /** Removes an address from a director, where it may be missing. */
  async deleteAddress(name: DirectorName, address: string): Promise<void> {
    const bits = address.includes(":") ? 128 : 32;
    await inNamespace(name, ["ip", "address", "delete", `${address}/${bits}`, "dev", "eth0"]);
  }

  /** Waits until a director answers the client. */
  async untilAnswer(client: VipClient, name: DirectorName): Promise<void> {
    await until(() => client.answers.names.at(-1) === name, {
      withinMs: 2 * SLACK_MS,
      what: `${name} answers the client`,
    });
  }

  /** Kills what runs, and deletes the namespaces. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#namespaces[Symbol.asyncDispose]();
  }

  async #run(namespace: string, options: EchoOptions): Promise<BackgroundProcess> {
    const process = this.#namespaces.start(namespace, denoProgram("vip_echo.ts", options));
    await process.untilOutput(/^ready\n/m);
    return process;
  }
}
