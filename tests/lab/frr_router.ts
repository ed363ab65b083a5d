/**
 * FRR's vrrpd on a director, with the interfaces that it needs.
 *
 * @module
 */
import { fieldsOf, itemsOf } from "../../core/json/mod.ts";
import type { BackgroundProcess } from "./background_process.ts";
import { until } from "./director.ts";
import { inNamespace, ip, mustRun } from "./namespace.ts";
import { type DirectorName, SLACK_MS, VIP, type VrrpLan } from "./vrrp_lan.ts";

/** The settings of the router. */
export interface FrrSettings {
  /** Its number. */
  readonly vrid: number;
  /** Its priority. */
  readonly priority: number;
  /** Time between advertisements; milliseconds. */
  readonly intervalMs: number;
}

/** The name of FRR's daemon, and the file of its configuration. */
const DAEMONS = ["zebra", "vrrpd"] as const;

/** A virtual router of FRR, of both families. */
export class FrrRouter {
  readonly #lan: VrrpLan;
  readonly #name: DirectorName;
  readonly #directory: string;
  #vrrpd: BackgroundProcess | undefined;

  private constructor(lan: VrrpLan, name: DirectorName) {
    this.#lan = lan;
    this.#name = name;
    this.#directory = `/tmp/frr-${name}`;
  }

  /** Prepares the interface of the VIP, and starts FRR. */
  static async start(
    lan: VrrpLan,
    name: DirectorName,
    { vrid, priority, intervalMs }: FrrSettings,
  ): Promise<FrrRouter> {
    const router = new FrrRouter(lan, name);
    await Deno.mkdir(router.#directory, { recursive: true });
    const addresses = [`ip ${VIP.ipv4}`, `ipv6 ${VIP.linkLocal}`, `ipv6 ${VIP.ipv6}`];
    const lines = [`version 3`, `priority ${priority}`, `advertisement-interval ${intervalMs}`, ...addresses];
    const text = `interface eth0\n${lines.map((line) => ` vrrp ${vrid} ${line}\n`).join("")}`;
    await Deno.writeTextFile(router.#path("zebra.conf"), "");
    await Deno.writeTextFile(router.#path("vrrpd.conf"), text);
    const mac = (family: 1 | 2): string => `00:00:5e:00:0${family}:${vrid.toString(16).padStart(2, "0")}`;
    await ip([
      "link add vrrp4 link eth0 type macvlan mode bridge",
      `link set dev vrrp4 address ${mac(1)}`,
      `addr add ${VIP.ipv4}/24 dev vrrp4`,
      "link add vrrp6 link eth0 type macvlan mode bridge",
      `link set dev vrrp6 address ${mac(2)}`,
      `addr add ${VIP.linkLocal}/64 dev vrrp6 nodad`,
      `addr add ${VIP.ipv6}/64 dev vrrp6 nodad`,
    ], name);
    // Otherwise eth0 answers for the address of vrrp4 while that is down, and vrrp6 loses its addresses.
    await lan.run(name, "sysctl -qw net.ipv4.conf.eth0.arp_ignore=1 net.ipv6.conf.vrrp6.keep_addr_on_down=1");
    await router.#startDaemon("zebra");
    await router.resume();
    return router;
  }

  /** Its states over IPv4 and IPv6: Initialize, Backup or Master; none while FRR does not answer. */
  async states(): Promise<readonly string[]> {
    const { stdout } = await inNamespace(this.#name, [
      ...["vtysh", "--vty_socket", this.#directory, "-c", "show vrrp json"],
    ]);
    if (!stdout.startsWith("[")) return [];
    const router = fieldsOf(itemsOf(JSON.parse(stdout))[0]);
    return ["v4", "v6"].map((family) => String(fieldsOf(router[family])["status"]));
  }

  /** Waits until it is in a state over both families. */
  async untilState(state: string, withinMs: number): Promise<void> {
    let found: readonly string[] = [];
    await until(async () => (found = await this.states()).join() === `${state},${state}`, {
      withinMs: withinMs + SLACK_MS,
      what: `FRR is ${state}`,
      state: () => found.join(),
    });
  }

  /** Kills the virtual router, and takes its addresses away as the end of the host does. */
  async kill(): Promise<void> {
    Deno.kill(await this.#pid(), "SIGKILL");
    await ip(["link set vrrp4 down", "link set vrrp6 down"], this.#name);
    await this.#vrrpd?.finished();
    await Deno.remove(this.#path("vrrpd.vty"));
  }

  /** Stops the virtual router normally. */
  async stop(): Promise<void> {
    Deno.kill(await this.#pid(), "SIGTERM");
    await this.#vrrpd?.finished();
  }

  /** Starts the virtual router again. */
  async resume(): Promise<void> {
    await ip(["link set vrrp4 up", "link set vrrp6 up"], this.#name);
    this.#vrrpd = await this.#startDaemon("vrrpd");
    await until(async () => (await this.states()).length > 0, { withinMs: 2 * SLACK_MS, what: "FRR answers" });
  }

  async #pid(): Promise<number> {
    return Number(await Deno.readTextFile(this.#path("vrrpd.pid")));
  }

  #path(file: string): string {
    return `${this.#directory}/${file}`;
  }

  async #startDaemon(daemon: (typeof DAEMONS)[number]): Promise<BackgroundProcess> {
    // FRR wants its user in a group that root is not in.
    const group = this.#path("group");
    await Deno.writeTextFile(group, (await Deno.readTextFile("/etc/group")).replace(/^(frrvty:.*)$/m, "$1,root"));
    const options = ["-u", "root", "-g", "root", "--vty_socket", this.#directory, "-z", this.#path("zserv.api")];
    const files = ["-i", this.#path(`${daemon}.pid`), "-f", this.#path(`${daemon}.conf`)];
    const script = 'mount --bind "$1" /etc/group; shift; exec "$@"';
    const argv = ["sh", "-ec", script, "sh", group, `/usr/lib/frr/${daemon}`, ...options, ...files];
    const process = this.#lan.start(this.#name, ["unshare", "--mount", ...argv]);
    await until(async () => (await mustRun(["ls", this.#directory])).includes(`${daemon}.vty`), {
      withinMs: 2 * SLACK_MS,
      what: `${daemon} has started`,
      state: () => process.stdout + process.stderr,
    });
    return process;
  }
}
