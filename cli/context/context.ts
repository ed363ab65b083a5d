import type { ConnectionList } from "../../core/connections/mod.ts";
import type { ExitCode } from "../../core/errors/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import type { RouteClient, VipClient } from "../../core/rtnetlink/mod.ts";
import type { Interruption } from "./signals.ts";
import type { Io } from "./io.ts";
import type { Host } from "./host.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Directories } from "../state/directories.ts";
import type { RealServerAccess } from "../state/realserver_access.ts";

/** What every command is given. */
export interface Context {
  /** Streams. */
  readonly io: Io;
  /** The command line, without the program's name. */
  args?: readonly string[];
  /** Where the table's lock and the journal are; without it, neither is kept. */
  readonly directories?: Directories;
  /** Opens the kernel; the caller closes it (`using`). */
  openIpvs(): Promise<IpvsClient>;
  /** Opens the addresses of the interfaces; the caller closes it (`using`). */
  openVips(): Promise<VipClient>;
  /**
   * Opens interfaces and routes, to be looked at; the caller closes it (`using`).
   *
   * @default {openRoutes}
   */
  openRoutes?(): Promise<RouteClient>;
  /**
   * The files and modules of the machine.
   *
   * @default {SYSTEM_HOST}
   */
  readonly machine?: Host;
  /**
   * Opens this machine for being set up as a real server; the caller closes it (`using`).
   *
   * @default {openRealServerAccess}
   */
  openRealServer?(): Promise<RealServerAccess>;
  /**
   * Opens the kernel's list of connections; the caller closes it (`using`).
   *
   * @default {openConnectionList}
   */
  openConnections?(): ConnectionList;
  /**
   * Time, for commands that wait.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
  /**
   * Begins to listen for the signals that end a command; the caller ends it (`using`).
   *
   * @default {listenForInterruption}
   */
  interruption?(): Interruption;
  /**
   * What reading configuration files needs beside their text.
   *
   * @default {systemSurroundings}
   */
  readonly surroundings?: Surroundings;
  /** Status to end with when no error is thrown. */
  exitCode: ExitCode;
}
