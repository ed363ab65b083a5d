/**
 * Where the lab's servers of real protocols run, and how they are waited for. Each server is a program of Debian's that
 * lives in a directory of its own below the guest's /tmp, in the foreground, and ends with its place.
 *
 * @module
 */
import type { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import type { StartOptions } from "../namespace.ts";
import type { Network } from "../network.ts";

/** Where a server is to be. */
export interface ServerPlace {
  /** Starts a program there. */
  readonly start: (argv: readonly string[], options?: StartOptions) => BackgroundProcess;
  /** What the server calls itself in its answers; unique in a guest. */
  readonly name: string;
  /** The IPv4 address that it listens on. */
  readonly address: string;
}

/** A server that is running. */
export interface RunningServer {
  /** Its first process. */
  readonly process: BackgroundProcess;
  /** Its configuration and data. */
  readonly home: string;
}

/**
 * Runs a program with process ids of its own: its children, which it may not get to end, are killed with it. The shell
 * stays above it, since a program that changes its user is no longer killed with its parent.
 */
const WITH_CHILDREN = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child=KILL"];

/**
 * Runs a program that knows no DNS server: asking the host's, which cannot be reached from a guest, takes seconds.
 *
 * @param argv the program and its arguments
 * @returns what runs it
 */
export function withoutDns(argv: readonly string[]): readonly string[] {
  const script = 'mount --bind /dev/null /etc/resolv.conf\n"$@"\nexit\n';
  return ["unshare", "--mount", "sh", "-uc", script, "sh", ...argv];
}

/**
 * The places of the real servers of a network.
 *
 * @param network where
 * @returns one for each
 */
export function placesOf(network: Network): readonly ServerPlace[] {
  return network.servers.map(({ name, ipv4 }) => ({
    name,
    address: ipv4,
    start: (argv, options) => network.start(name, [...WITH_CHILDREN, ...withoutDns(argv)], options),
  }));
}

/** A file of a server. */
export interface ServerFile {
  /** Below its home; directories are made. */
  readonly path: string;
  /** What is in it. */
  readonly text: string;
}

/**
 * Makes the home of a server.
 *
 * @param name the program, and what the server calls itself
 * @param files what is in it
 * @returns the path
 */
export async function makeHome(name: string, files: readonly ServerFile[]): Promise<string> {
  const home = `/tmp/${name}`;
  await Deno.mkdir(home, { recursive: true });
  for (const { path, text } of files) {
    await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${home}/${path}`, text);
  }
  return home;
}

/** How long a server may take to start, on a machine that has much else to do. */
const START_MS = 30_000;

/**
 * Waits until something listens on a port of the namespace that a program is in.
 *
 * @param process the program
 * @param port of TCP or UDP
 * @param protocol which
 * @throws {Error} if it takes too long; with what the program wrote
 */
export async function untilListening(
  process: BackgroundProcess,
  port: number,
  { protocol = "tcp" }: { readonly protocol?: "tcp" | "udp" } = {},
): Promise<void> {
  // State 0A is LISTEN, 07 a UDP socket that is bound.
  const state = protocol === "tcp" ? "0A" : "07";
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const listening = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:0000 ${state} `, "m");
  await until(
    () => ["", "6"].some((family) => listening.test(readIfThere(`/proc/${process.pid}/net/${protocol}${family}`))),
    {
      withinMs: START_MS,
      what: `a server listens on ${protocol} port ${port}`,
      state: () => process.stdout + process.stderr,
    },
  );
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // it has ended
  }
}
