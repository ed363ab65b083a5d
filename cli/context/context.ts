import type { ConnectionList } from "../../core/connections/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import type { Change, PresentVip, VipChange } from "../../core/model/mod.ts";
import type { RouteClient, ServerProber, VipClient } from "../../core/rtnetlink/mod.ts";
import type { Interruption } from "./signals.ts";
import type { Io } from "./io.ts";
import type { Host } from "./host.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Directories } from "../state/directories.ts";
import type { RealServerAccess } from "../state/realserver_access.ts";

/** The table as commands read it before they plan changes: the kernel's, or the one that a batch leads to. */
export type TableView = Pick<IpvsClient, "getService" | "services" | "servers" | "syncDaemons" | "getTimeouts">;

/** Collects the changes of the commands of a batch, which are made together. */
export interface ChangeCollector {
  /**
   * Plans the changes of one command from the changes of the commands before it.
   *
   * @throws {LvsctlError} If the kernel would refuse one.
   */
  take(plan: (table: TableView) => readonly Change[], options: LineOptions): void;
  /**
   * As `take`, for the changes of one command to addresses.
   *
   * @param plan Plans them from the present addresses.
   */
  takeVips(plan: (present: readonly PresentVip[]) => readonly VipChange[], options: VipLineOptions): void;
}

/** Options that a command has for itself, and that a line of a batch cannot have. */
export interface LineOptions {
  /** Prints the changes without making them. */
  readonly dryRun?: true | undefined;
  /** Prints JSON. */
  readonly json?: true | undefined;
  /** The format of what is printed. */
  readonly output?: string | undefined;
}

/** As {@linkcode LineOptions}, for commands that change addresses. */
export interface VipLineOptions extends LineOptions {
  /** Changes an address although another interface, host or program has it. */
  readonly force?: true | undefined;
  /** Number of announcements. */
  readonly announceCount?: number | undefined;
  /** Time between announcements; milliseconds. */
  readonly announceInterval?: number | undefined;
}

/** The part of the context that reaches the kernel's table: all that ipvsadm's command line needs. */
export interface KernelContext {
  /** Standard input, output and error. */
  readonly io: Io;
  /** Opens the kernel's table; the caller closes it (`using`). */
  openIpvs(): Promise<IpvsClient>;
}

/** The resources of one command line: the system's in the program, a test's own in a test. */
export interface Context extends KernelContext {
  /** The command line without the program's name. */
  readonly args: readonly string[];
  /**
   * The directories of the table lock, the journal and the overrides; undefined in a test without these files, where no
   * lock is taken and nothing is recorded.
   */
  readonly directories: Directories | undefined;
  /** Opens an empty table in a network namespace of its own; the caller closes it (`using`), which deletes both. */
  openRehearsal(): Promise<IpvsClient>;
  /** Opens the interfaces' addresses; the caller closes it (`using`). */
  openVips(): Promise<VipClient>;
  /** Opens the interfaces and routes for reading; the caller closes it (`using`). */
  openRoutes(): Promise<RouteClient>;
  /** Opens what asks real servers whether they answer for VIPs; the caller closes it (`using`). */
  openServerProber(): Promise<ServerProber>;
  /** The machine's files and modules. */
  readonly host: Host;
  /** Opens this machine for its set-up as a real server; the caller closes it (`using`). */
  openRealServer(): Promise<RealServerAccess>;
  /** Opens the kernel's list of connections; the caller closes it (`using`). */
  openConnections(): ConnectionList;
  /** Set for a command that is a line of a batch: it changes nothing itself. */
  readonly batch?: ChangeCollector | undefined;
  /** The time, for commands that wait. */
  readonly clock: Clock;
  /** Starts to listen for the signals that end a command; the caller ends it (`using`). */
  listenForInterruption(): Interruption;
  /** The files, variables, host names and sysctls that a configuration file refers to. */
  readonly surroundings: Surroundings;
}
