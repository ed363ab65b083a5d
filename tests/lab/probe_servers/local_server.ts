/**
 * Servers of real protocols on the guest's own loopback, for probes: each is a program of Debian's that lives in a
 * directory of its own below the guest's /tmp and ends with the test.
 *
 * @module
 */
import { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { mustRun } from "../namespace.ts";

/** How long a server may take to start, on a machine that has much else to do. */
const START_MS = 60_000;

/** What everybody who logs in logs in with. */
export const PROBE_LOGIN = { user: "joe", password: "s3cret pass" } as const;

/** What a server is started from. */
export interface LocalServer {
  /** Its name, which its directory has too. */
  readonly name: string;
  /** Files below its directory, by their paths; `HOME` in them is the directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** The user that the directory belongs to and the program runs as; root by default. */
  readonly user?: string;
  /** Runs before it, in its directory, as the same user. */
  readonly prepare?: readonly (readonly string[])[];
  /** The program and its arguments; `HOME` in them is the directory. */
  readonly argv: readonly string[];
  /** What it listens on when it is ready: "tcp:80" or "udp:53". */
  readonly ports: readonly string[];
}

/**
 * Runs a program with process ids of its own: its children are killed with it. The shell stays above it, since a program
 * that changes its user is no longer killed with its parent.
 */
const WITH_CHILDREN = [
  ...["unshare", "--pid", "--mount-proc", "--fork", "--kill-child=KILL"],
  ...["sh", "-c", '"$@"\nexit\n', "sh"],
];

/** Starts a server; it has to be disposed of. */
export async function startLocalServer(server: LocalServer): Promise<BackgroundProcess> {
  const { name, files = {}, user, prepare = [], ports } = server;
  const home = `/tmp/${name}`;
  const fill = (text: string): string => text.replaceAll("HOME", home);
  await Deno.mkdir(home, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${home}/${path}`, fill(text));
  }
  const as = user === undefined ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  if (user !== undefined) await mustRun(["chown", "-R", user, home]);
  for (const argv of prepare) await mustRun([...as, ...argv.map(fill)]);
  const process = BackgroundProcess.start([...WITH_CHILDREN, ...as, ...server.argv.map(fill)]);
  try {
    await until(() => ports.every(isListenedOn), {
      withinMs: START_MS,
      what: `${name} listens on ${ports.join(" and ")}`,
      state: () => process.stdout + process.stderr,
    });
  } catch (error) {
    await process.stop();
    throw error;
  }
  return process;
}

/** Whether something listens on a port of this machine. */
function isListenedOn(place: string): boolean {
  const [protocol = "", port = ""] = place.split(":");
  // State 0A is LISTEN, 07 a UDP socket that is bound.
  const state = protocol === "tcp" ? "0A" : "07";
  const hex = Number(port).toString(16).toUpperCase().padStart(4, "0");
  const listening = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:0000 ${state} `, "m");
  return ["", "6"].some((family) => listening.test(Deno.readTextFileSync(`/proc/net/${protocol}${family}`)));
}
