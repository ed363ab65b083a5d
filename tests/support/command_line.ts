import type { Host } from "../../cli/context/host.ts";
import type { Io } from "../../cli/context/io.ts";
import type { TerminalSize } from "../../cli/context/terminal_environment.ts";
import { run } from "../../cli/run_command_line.ts";
import type { ConnectionList } from "../../core/connections/mod.ts";
import { defined, forTerminal } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import { testContext } from "./context.ts";
import type { MemoryKernel } from "./memory_kernel.ts";
import type { MemoryRealServer } from "./memory_real_server.ts";
import { MemoryRoutes } from "./memory_routes.ts";
import type { Surroundings } from "../../cli/context/surroundings.ts";
import type { Directories } from "../../cli/state/directories.ts";

/** What a command line printed, and its status. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How a command line is run. */
export interface CommandLineOptions {
  /** The kernel; without it, reaching for one is a failure of the test. */
  readonly kernel?: MemoryKernel;
  /** The empty kernel in a new network namespace; without it, creating one is a failure of the test. */
  readonly rehearsal?: MemoryKernel;
  /** Interfaces and addresses; by default an lo, eth0 and eth1 without any. */
  readonly routes?: MemoryRoutes;
  /** The machine that is set up as a real server; without, opening it is a failure of the test. */
  readonly realServer?: MemoryRealServer;
  readonly stdin?: string;
  /** The answer to a question; without it, there is no terminal. */
  readonly answer?: boolean;
  /** The text of the kernel's list of connections; without it, asking for it is a failure of the test. */
  readonly connections?: string;
  /** The time, for commands that wait. */
  readonly clock?: Clock;
  /** The files and modules, for `doctor`. */
  readonly host?: Host;
  /** Aborted where the process would get SIGINT. */
  readonly interrupted?: AbortSignal;
  /** What configuration files need beside their text; by default that of the machine. */
  readonly surroundings?: Surroundings;
  /** Where the table's lock and the journal are; without it, there are none. */
  readonly directories?: Directories;
  /** The size of the terminal that standard output and standard error are; without it, they are none. */
  readonly terminal?: TerminalSize;
  /** Whether the environment allows colours on a terminal; by default it does not. */
  readonly colors?: boolean;
  /** Is given what is printed, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a command line of lvsctl, words parted by blanks, on an in-memory kernel. */
export async function lvsctl(line: string, options: CommandLineOptions = {}): Promise<Printed> {
  let out = "";
  let err = "";
  const { kernel, rehearsal, realServer, stdin, answer, connections, clock, interrupted, terminal, onOutput } = options;
  const routes = options.routes ?? new MemoryRoutes();
  const control = (text: string, stream: "out" | "err"): void => {
    if (stream === "out") out += text;
    else err += text;
    onOutput?.(text);
  };
  const io: Io = {
    out: (text) => control(forTerminal(text), "out"),
    err: (text) => control(forTerminal(text), "err"),
    control,
    readStdin: () => stdin ?? "",
    interactive: answer !== undefined,
    canAsk: answer !== undefined,
    confirm: (question, shown = "") => {
      if (answer !== undefined) control(`${shown}${question}\n`, "err");
      return answer;
    },
    outIsTerminal: terminal !== undefined,
    errIsTerminal: terminal !== undefined || answer !== undefined,
    allowsColor: options.colors ?? false,
    terminalSize: () => terminal,
  };
  const context = testContext(
    io,
    defined({
      args: line === "" ? [] : line.split(" "),
      directories: options.directories,
      openIpvs: kernel && (() => Promise.resolve(kernel.openClient())),
      openRehearsal: rehearsal && (() => Promise.resolve(rehearsal.openClient())),
      openVips: () => Promise.resolve(routes.openClient()),
      openServerProber: () => Promise.resolve(routes.openServerProber()),
      openRoutes: () => Promise.resolve(routes.openRouteClient()),
      host: options.host,
      openRealServer: realServer && (() => Promise.resolve(realServer.access())),
      openConnections: connections === undefined ? undefined : () => pieces(connections),
      clock,
      listenForInterruption: interrupted && (() => ({ signal: interrupted, [Symbol.dispose]: () => {} })),
      surroundings: options.surroundings,
    }),
  );
  const code = await run(context);
  return { code, out, err };
}

/** A text in pieces that end anywhere, as a large file is read. */
function pieces(text: string): ConnectionList {
  const bytes = new TextEncoder().encode(text);
  return {
    *[Symbol.iterator](): Generator<Uint8Array, void, undefined> {
      for (let start = 0; start < bytes.length; start += PIECE_BYTES) yield bytes.subarray(start, start + PIECE_BYTES);
    },
    [Symbol.dispose]: () => {},
  };
}

const PIECE_BYTES = 100;
