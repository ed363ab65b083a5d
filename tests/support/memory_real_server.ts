import { RealServerFile } from "../../cli/state/realserver_file.ts";
import { KernelMachine } from "../../core/realserver/mod.ts";
import { RouteClient } from "../../core/rtnetlink/mod.ts";
import { MemoryFou } from "./memory_fou.ts";
import { MemoryRoutes } from "./memory_routes.ts";
import type { Directories } from "../../cli/state/directories.ts";
import type { RealServerAccess } from "../../cli/state/realserver_access.ts";

/** Sysctls of an interface, and their values by default. */
const SETTINGS = {
  ipv4: { arp_ignore: "0", arp_announce: "0", rp_filter: "0" },
  ipv6: { disable_ipv6: "0" },
} as const;

/** The modules of tunnels, and the kinds of their interfaces. */
const MODULE_KINDS: ReadonlyMap<string, string> = new Map([
  ["ipip", "ipip"],
  ["ip6_tunnel", "ip6tnl"],
  ["ip_gre", "gre"],
  ["ip6_gre", "ip6gre"],
]);

/** A real server in memory: interfaces, addresses and ports at the level of netlink, sysctls and state in files. */
export class MemoryRealServer implements Disposable {
  /** Interfaces and addresses: lo and eth0. */
  readonly routes = new MemoryRoutes([{ name: "lo", hardware: 772 }, { name: "eth0" }]);
  /** Its UDP ports that unpack tunnels. */
  readonly fou = new MemoryFou();
  /** Names of the modules whose loading was requested. */
  readonly loadedModules: string[] = [];
  /** Modules that the machine does not have. */
  readonly missingModules = new Set<string>();
  readonly #directory = Deno.makeTempDirSync();
  readonly #options: { readonly directories?: Directories };
  #hasFou = false;

  /**
   * Makes the machine.
   *
   * @param options.directories The directories of its state; by default its own temporary ones.
   */
  constructor(options: { readonly directories?: Directories } = {}) {
    this.#options = options;
    this.routes.onLinks = () => this.#makeSettings();
    this.#makeSettings();
  }

  /** Opens the machine and its state file, as a command does. */
  access(): RealServerAccess {
    const machine = new KernelMachine({
      routes: new RouteClient(this.routes.connect()),
      openFou: () => this.#hasFou ? this.fou.openClient() : undefined,
      loadModule: (name) => this.#load(name),
      sysctls: { root: this.sysctlRoot },
    });
    const states = new RealServerFile({ run: this.#runDirectory });
    return { machine, states, [Symbol.dispose]: () => machine[Symbol.dispose]() };
  }

  /** The directory of its sysctls. */
  get sysctlRoot(): string {
    return `${this.#directory}/sys`;
  }

  /** The path of its state file. */
  get statePath(): string {
    return `${this.#runDirectory}/realserver.json`;
  }

  get #runDirectory(): string {
    return this.#options.directories?.run ?? `${this.#directory}/run`;
  }

  /** Sets a sysctl as another program does. */
  setSysctl(name: string, value: string): void {
    Deno.writeTextFileSync(`${this.sysctlRoot}/${name.replaceAll(".", "/")}`, `${value}\n`);
  }

  /** Everything that a set-up can change, as one text. */
  state(): string {
    using access = this.access();
    const { links, addresses } = access.machine.readState();
    return JSON.stringify({
      links: links.map(({ name, isUp, kind }) => `${name} ${kind ?? "-"} ${isUp ? "up" : "down"}`),
      addresses: addresses.map(({ address, prefixLength, device, scope }) =>
        `${address}/${prefixLength} ${device} ${scope}`
      ).toSorted(),
      ports: this.fou.ports.map(({ port, family }) => `${port} ${family}`).toSorted(),
      sysctls: this.#settings(),
    });
  }

  /** The addresses, as "192.0.2.10/32 lo host". */
  addresses(): readonly string[] {
    return JSON.parse(this.state()).addresses;
  }

  /** Deletes its files. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }

  #load(name: string): string {
    this.loadedModules.push(name);
    if (this.missingModules.has(name)) return "no such module";
    if (name === "fou") this.#hasFou = true;
    const kind = MODULE_KINDS.get(name);
    if (kind !== undefined) this.routes.loadKind(kind);
    return "";
  }

  /** Creates and deletes the sysctls of interfaces with the interfaces. */
  #makeSettings(): void {
    const wanted = ["all", "default", ...this.routes.linkNames];
    for (const [family, settings] of Object.entries(SETTINGS)) {
      const conf = `${this.sysctlRoot}/net/${family}/conf`;
      Deno.mkdirSync(conf, { recursive: true });
      for (const { name } of Deno.readDirSync(conf)) {
        if (!wanted.includes(name)) Deno.removeSync(`${conf}/${name}`, { recursive: true });
      }
      for (const name of wanted) {
        try {
          Deno.mkdirSync(`${conf}/${name}`);
        } catch {
          continue; // It exists, with its values.
        }
        for (const [key, value] of Object.entries(settings)) {
          Deno.writeTextFileSync(`${conf}/${name}/${key}`, `${value}\n`);
        }
      }
    }
  }

  #settings(): readonly string[] {
    const names = ["all", "default", ...this.routes.linkNames];
    return Object.entries(SETTINGS).flatMap(([family, settings]) =>
      names.flatMap((name) =>
        Object.keys(settings).map((key) => {
          const path = `net/${family}/conf/${name}/${key}`;
          return `${path} ${Deno.readTextFileSync(`${this.sysctlRoot}/${path}`).trim()}`;
        })
      )
    );
  }
}
