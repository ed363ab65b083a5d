import { LvsctlError } from "../errors/mod.ts";
import { readKernelFile } from "../files/mod.ts";
import { readSysctl } from "../host/mod.ts";
import type { IpvsClient } from "../ipvs/mod.ts";
import { type DesiredState, routerAddressesOf, type Vip } from "../model/mod.ts";
import type { RouteClient, ServerProber, VipClient } from "../rtnetlink/mod.ts";
import { announcedDefaultDevices, ipv4DefaultDevices } from "./default_routes.ts";
import type {
  Facts,
  HolderFacts,
  ModuleState,
  NetworkFacts,
  ProcessFacts,
  RouterFacts,
  ServiceFacts,
  SharingFacts,
  TableFacts,
  Unseen,
} from "./facts.ts";
import { MANAGER_NAMES } from "./managers.ts";
import { FTP_MODULE, IPVS_MODULE, schedulerModule } from "./modules.ts";
import { readHolders, readNetwork, vipPlaces } from "./network_facts.ts";
import { parseProcTable } from "./proc_table.ts";
import { processFacts } from "./process_facts.ts";
import { findProcesses } from "./processes.ts";
import { serverQuestions, unknownHops, withHops } from "./server_questions.ts";
import { sysctlNames } from "./sysctl_names.ts";
import { mergeServices, readTable, withLocals } from "./table_facts.ts";

/** The sources of the facts. */
export interface Sources {
  /** The kernel's /proc, or a directory like it. */
  readonly proc: string;
  /** The kernel's /sys, or a directory like it. */
  readonly sys: string;
  /** Whether the kernel's loader finds a module; undefined if the loader is not available. */
  readonly isLoadable: (module: string) => boolean | undefined;
  /** Opens the kernel's IPVS; not called if it has none. */
  readonly openIpvs: () => Promise<IpvsClient>;
  /** Opens interfaces and routes. */
  readonly openRoutes: () => Promise<RouteClient>;
  /**
   * Opens what asks the links for the hosts that have VIPs.
   *
   * @default {the links are not asked}
   */
  readonly openVips?: () => Promise<VipClient>;
  /**
   * Opens what asks the real servers whether they answer for VIPs.
   *
   * @default {the real servers are not asked}
   */
  readonly openServerProber?: () => Promise<ServerProber>;
  /**
   * Asks the running daemon for its virtual routers; undefined if none runs.
   *
   * @default {the daemon is not asked}
   */
  readonly askRouters?: () => Promise<readonly RouterFacts[] | undefined>;
  /**
   * Asks the running daemon for the verdicts that it shares; undefined if it shares none.
   *
   * @default {the daemon is not asked}
   */
  readonly askSharing?: () => Promise<SharingFacts | undefined>;
}

/**
 * Reads the facts about the director and changes nothing: it loads no modules either.
 *
 * @param sources Where the facts come from.
 * @param wanted A file's desired state, examined as if it were applied.
 */
export async function gatherFacts(sources: Sources, wanted?: DesiredState): Promise<Facts> {
  return await new Gathering(sources).gather(wanted);
}

/** One run of {@linkcode gatherFacts}. */
class Gathering {
  readonly #sources: Sources;
  readonly #unseen: Unseen[] = [];
  readonly #sysctls = new Map<string, string>();
  #missingLibrary: string | undefined;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  async gather(wanted: DesiredState | undefined): Promise<Facts> {
    const table = await this.#table();
    const merged = mergeServices(table?.services ?? [], wanted);
    const found = await this.#network(merged);
    const ipv4Routes = this.#read("net/route") ?? "";
    const ipv6Routes = this.#read("net/ipv6_route") ?? "";
    const defaultDevices = {
      ipv4: ipv4DefaultDevices(ipv4Routes),
      announcedIpv6: announcedDefaultDevices(ipv6Routes),
    };
    const services = found === undefined ? merged : merged.map((service) => withLocals(service, found));
    const network = found && await this.#askServers(services, {
      ...found,
      holders: await this.#holders(vipPlaces({ services, network: found, defaultDevices })),
    });
    for (const name of sysctlNames((path) => this.#list(path))) this.#note(name);
    return {
      release: this.#sysctl("kernel.osrelease") ?? "unknown",
      process: this.#process(),
      modules: this.#modules(services),
      sysctls: this.#sysctls,
      table,
      services,
      declaredVips: new Set((wanted?.vips ?? []).map(({ address }) => address)),
      routerAddresses: routerAddressesOf(wanted?.vrrp),
      network,
      desired: wanted?.services,
      desiredVips: wanted?.vips,
      desiredRouters: wanted?.vrrp,
      routers: await this.#ask("the virtual routers", this.#sources.askRouters),
      sharing: await this.#ask("the verdicts of other directors", this.#sources.askSharing),
      missingLibrary: this.#missingLibrary,
      defaultDevices,
      managers: this.#look("other programs", () => findProcesses(this.#sources.proc, MANAGER_NAMES)) ?? [],
      unseen: this.#unseen,
    };
  }

  /** Asks the running daemon. */
  async #ask<T>(what: string, ask: (() => Promise<T | undefined>) | undefined): Promise<T | undefined> {
    try {
      return await ask?.();
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss(what, error);
      return undefined;
    }
  }

  /** The table, from netlink or else from /proc; undefined without IPVS. */
  async #table(): Promise<TableFacts | undefined> {
    const text = this.#read("net/ip_vs");
    // Opening a client would load the module.
    if (text === undefined) return undefined;
    try {
      using client = await this.#sources.openIpvs();
      return readTable(client);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss("the sync daemons", error);
      const shown = parseProcTable(text);
      if (shown === undefined) this.#miss("the IPVS table", error);
      return shown;
    }
  }

  async #network(services: readonly ServiceFacts[]): Promise<NetworkFacts | undefined> {
    try {
      using client = await this.#sources.openRoutes();
      return readNetwork(client, services);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss("interfaces, addresses and routes", error);
      return undefined;
    }
  }

  /** Adds what the real servers answer; what they cannot be asked is left out. */
  async #askServers(services: readonly ServiceFacts[], network: NetworkFacts): Promise<NetworkFacts> {
    const { openServerProber } = this.#sources;
    const hops = unknownHops(services, network);
    if (
      openServerProber === undefined || (hops.length === 0 && serverQuestions(services, network).questions.length === 0)
    ) {
      return network;
    }
    try {
      using prober = await openServerProber();
      const reached = withHops(network, { hops, hardwareAddresses: prober.hardwareAddresses(hops) });
      const { questions, left } = serverQuestions(services, reached);
      if (left > 0) {
        const why = `one run asks ${questions.length} times, each server for some of its VIPs`;
        this.#unseen.push({ what: `${left} further answers of real servers for VIPs`, why });
      }
      const answers = questions.length === 0 ? [] : prober.ask(questions).flatMap((answer, index) => {
        const question = questions[index];
        return answer === undefined || question === undefined ? [] : [{ ...answer, question }];
      });
      return { ...reached, answers };
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss("the answers of real servers", error);
      return network;
    }
  }

  /** The other hosts that answer for VIPs; undefined if the links cannot be asked. */
  async #holders(places: readonly Vip[]): Promise<HolderFacts[] | undefined> {
    const { openVips } = this.#sources;
    if (openVips === undefined || places.length === 0) return undefined;
    try {
      using client = await openVips();
      return readHolders(client, places);
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      this.#miss("the links of the VIPs", error);
      return undefined;
    }
  }

  #modules(services: readonly ServiceFacts[]): ReadonlyMap<string, ModuleState> {
    const schedulers = new Set(services.map(({ scheduler }) => schedulerModule(scheduler)));
    return new Map([IPVS_MODULE, ...schedulers, FTP_MODULE].map((module) => [module, this.#moduleState(module)]));
  }

  #moduleState(module: string): ModuleState {
    const { proc, sys, isLoadable } = this.#sources;
    // A built-in module has a directory only if it has parameters, as ip_vs has.
    if (exists(`${sys}/module/${module}`) || (module === IPVS_MODULE && exists(`${proc}/net/ip_vs`))) return "loaded";
    const loadable = isLoadable(module);
    return loadable === undefined ? "unknown" : loadable ? "loadable" : "missing";
  }

  #process(): ProcessFacts | undefined {
    const facts = processFacts(this.#read("self/status") ?? "", this.#read("self/uid_map"));
    if (facts === undefined) {
      this.#unseen.push({ what: "the rights of this process", why: "/proc/self/status does not list them" });
    }
    return facts;
  }

  #note(name: string): void {
    const value = this.#sysctl(name);
    if (value !== undefined) this.#sysctls.set(name, value.trim().replaceAll(/\s+/g, " "));
  }

  #sysctl(name: string): string | undefined {
    return this.#look(name, () => readSysctl(name, { root: `${this.#sources.proc}/sys` }));
  }

  /** The names in a directory of /proc; none if it does not exist. */
  #list(path: string): string[] {
    const names = this.#look(`/proc/${path}`, () => [...Deno.readDirSync(`${this.#sources.proc}/${path}`)]);
    return (names ?? []).map(({ name }) => name);
  }

  /** A file of /proc; undefined if it does not exist. */
  #read(path: string): string | undefined {
    return this.#look(`/proc/${path}`, () => readKernelFile(`${this.#sources.proc}/${path}`));
  }

  /** Reads a source; a missing one is normal, any other failure is reported. */
  #look<T>(what: string, look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) this.#miss(what, error);
      return undefined;
    }
  }

  #miss(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof LvsctlError && error.kind === "no-libnl") this.#missingLibrary = error.hint;
    // Each part is reported once.
    if (!this.#unseen.some((one) => one.what === what)) this.#unseen.push({ what, why: text });
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
