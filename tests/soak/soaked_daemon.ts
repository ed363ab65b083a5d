import { BackgroundProcess } from "../lab/background_process.ts";
import { lvsctlPath } from "../lab/director.ts";
import { survives } from "../lab/signal_state.ts";
import { PORT } from "./flapping_servers.ts";
import type { Usage } from "./verdict.ts";

/** A small file system for everything that the daemon writes. */
export const HOME = "/run/soak";

/** The daemon's file. */
export const FILE = "/tmp/soak.yaml";

/** The file that fills the file system. */
const FILLING = `${HOME}/filling`;

/** Size of the file system; its log is cut at a quarter of that. */
const SIZE_BYTES = 4 * 1024 * 1024;

/** The environment of the daemon and its client. */
const ENVIRONMENT = { LVSCTL_RUN_DIR: `${HOME}/run`, LVSCTL_STATE_DIR: `${HOME}/state` } as const;

/** The unit of processor time in /proc, USER_HZ; milliseconds. */
const TICK_MS = 10;

/** What a thread has done since it began. */
export interface Activity {
  /** Its state now, where in the kernel it waits, and the number of the system call that it is in. */
  readonly state: string;
  /** Processor time in the program; milliseconds. */
  readonly userMs: number;
  /** Processor time in the kernel; milliseconds. */
  readonly systemMs: number;
  /** Pages that it touched for the first time. */
  readonly faults: number;
}

/** A daemon whose files are on {@linkcode HOME}, that is killed and started again. */
export class SoakedDaemon implements AsyncDisposable {
  #process: BackgroundProcess;

  private constructor(process: BackgroundProcess) {
    this.#process = process;
  }

  /** Mounts the file system, and starts the daemon. */
  static async start(): Promise<SoakedDaemon> {
    await Deno.mkdir(HOME, { recursive: true });
    await mustRun(["mount", "-t", "tmpfs", "-o", `size=${SIZE_BYTES}`, "soak", HOME]);
    return new SoakedDaemon(startProcess());
  }

  /** The memory and the descriptors of the process, without those of the probes that run at the moment. */
  usage(): Usage {
    const { pid } = this.#process;
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
    return { rssBytes: Number(kilobytes) * 1024, descriptors: countDescriptors(pid) - countProbes() };
  }

  /** What its first thread, on which its event loop turns, has done up to now; undefined if it has ended. */
  activity(): Activity | undefined {
    const { pid } = this.#process;
    const read = (name: string): string => Deno.readTextFileSync(`/proc/${pid}/task/${pid}/${name}`).trim();
    try {
      // The name of the program, in parentheses, may contain spaces.
      const fields = read("stat").replace(/^.*\) /, "").split(" ");
      const [state = "", minor = 0, user = 0, system = 0] = [fields[0], ...[7, 11, 12].map((at) => Number(fields[at]))];
      return {
        state: `${state} ${read("wchan")} ${read("syscall").split(" ")[0]}`,
        userMs: user * TICK_MS,
        systemMs: system * TICK_MS,
        faults: minor,
      };
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Has it read its file again; false if it has just been started, and is still the shell that starts it. */
  reload(): boolean {
    if (!survives(this.#process.pid, "SIGHUP")) return false;
    this.#process.signal("SIGHUP");
    return true;
  }

  /** Kills it without warning, and starts another one after a time. */
  async replace(pauseMs: number): Promise<void> {
    this.#process.signal("SIGKILL");
    await this.#process.finished();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    this.#process = startProcess();
  }

  /** Fills the file system until nothing more can be written. */
  fill(): void {
    using file = Deno.openSync(FILLING, { create: true, append: true });
    const piece = new Uint8Array(64 * 1024);
    try {
      for (let size = 0; size < 2 * SIZE_BYTES; size += piece.length) file.writeSync(piece);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
  }

  /** Makes room again, and cuts the log if it is long. */
  makeRoom(): void {
    try {
      Deno.removeSync(FILLING);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (Deno.statSync(`${HOME}/log`).size > SIZE_BYTES / 4) Deno.truncateSync(`${HOME}/log`);
  }

  /** The end of the log. */
  log(): string {
    return Deno.readTextFileSync(`${HOME}/log`).slice(-4000);
  }

  /** The lines of its log that name a server. */
  logAbout(address: string): readonly string[] {
    return Deno.readTextFileSync(`${HOME}/log`).split("\n").filter((line) => line.includes(`${address}:`));
  }

  /** Time to the answer to a request that it does not know; undefined if it ends before. Milliseconds. */
  async answerMs(): Promise<number | undefined> {
    const started = performance.now();
    try {
      const [socket] = [...Deno.readDirSync(`${HOME}/run`)].filter(({ name }) => name.endsWith(".sock"));
      if (socket === undefined) return undefined;
      using connection = await Deno.connect({ transport: "unix", path: `${HOME}/run/${socket.name}` });
      await connection.write(new TextEncoder().encode('{"version":1,"command":"unknown"}\n'));
      const length = await connection.read(new Uint8Array(1024));
      return length === null ? undefined : Math.round(performance.now() - started);
    } catch {
      // It is being replaced.
      return undefined;
    }
  }

  /** Whether the process has ended by itself. */
  get hasEnded(): boolean {
    try {
      return /^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${this.#process.pid}/status`));
    } catch {
      return true;
    }
  }

  /** Asks it for its status, as a user does; the exit status. */
  async status(): Promise<number> {
    const command = new Deno.Command(lvsctlPath(), {
      args: ["status", "--json"],
      env: ENVIRONMENT,
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).code;
  }

  /** Ends it, and unmounts the file system. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await mustRun(["umount", "--lazy", HOME]);
  }
}

function countDescriptors(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** Number of open connections to the servers; one that is closed belongs to no process and has the inode 0. */
function countProbes(): number {
  const port = PORT.toString(16).toUpperCase().padStart(4, "0");
  const columns = Deno.readTextFileSync("/proc/net/tcp").split("\n").map((line) => line.trim().split(/ +/));
  return columns.filter(([, , remote = "", , , , , , , inode]) => remote.endsWith(`:${port}`) && inode !== "0").length;
}

function startProcess(): BackgroundProcess {
  const command = `exec "$0" run ${FILE} 2>>${HOME}/log`;
  return BackgroundProcess.start(["sh", "-c", command, lvsctlPath()], { env: ENVIRONMENT });
}

async function mustRun(argv: readonly string[]): Promise<void> {
  const [program = "", ...args] = argv;
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`'${argv.join(" ")}' failed: ${new TextDecoder().decode(stderr)}`);
}

/** Sets the time of day. */
export async function jumpClock(seconds: number): Promise<void> {
  await mustRun(["date", "-s", `@${Math.round(Date.now() / 1000) + seconds}`]);
}
