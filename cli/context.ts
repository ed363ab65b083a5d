import type { ConnectionList } from "../core/connections/mod.ts";
import { asLvsctlError, EXIT, type ExitCode } from "../core/errors/mod.ts";
import type { Clock } from "../core/health/mod.ts";
import type { IpvsClient } from "../core/ipvs/mod.ts";
import type { Machine as RealServerMachine } from "../core/realserver/mod.ts";
import type { RouteClient, VipClient } from "../core/rtnetlink/mod.ts";
import type { Surroundings } from "./config_file.ts";
import type { Interruption } from "./interruption.ts";
import { type Io, readText } from "./io.ts";
import type { Machine } from "./machine.ts";
import type { RealServerFile } from "./realserver_file.ts";

/** What setting up a real server works with; disposing of it closes the machine. */
export interface RealServerAccess extends Disposable {
  /** This machine. */
  readonly machine: RealServerMachine;
  /** Where it is kept what it was set up for. */
  readonly states: RealServerFile;
}

/** Where what outlives a command is kept. */
export interface Directories {
  /** For what is gone when the machine starts again: the lock of the table. */
  readonly run: string;
  /** For what stays: the journal of changes. */
  readonly state: string;
}

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
   * @default {SYSTEM_MACHINE}
   */
  readonly machine?: Machine;
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

/** The context of the real program: the kernel is loaded only when a command needs it. */
export function systemContext(io: Io): Context {
  return {
    io,
    get directories() {
      return {
        run: Deno.env.get("LVSCTL_RUN_DIR") || "/run/lvsctl",
        state: Deno.env.get("LVSCTL_STATE_DIR") || "/var/lib/lvsctl",
      };
    },
    openIpvs: async () => (await import("../core/open.ts")).openIpvs(),
    openVips: async () => {
      const [{ openVips }, { VipFile }] = await Promise.all([import("../core/open_vips.ts"), import("./vip_file.ts")]);
      return openVips(new VipFile());
    },
    exitCode: EXIT.ok,
  };
}

/**
 * The text of a file, or of standard input for "-".
 *
 * @throws {LvsctlError} If it cannot be read or is not UTF-8.
 */
export function readFile(io: Io, path: string): string {
  if (path === "-") return io.readStdin();
  try {
    using file = Deno.openSync(path);
    return readText(file, path, { expectedBytes: file.statSync().size });
  } catch (error) {
    throw asLvsctlError(error, { operation: "read", object: path, exitCode: EXIT.usage });
  }
}
