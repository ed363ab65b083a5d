/**
 * A web server of the lab's that can die, hang and come back: Debian's busybox.
 *
 * @module
 */
import type { BackgroundProcess } from "./background_process.ts";
import { until } from "./director.ts";

/** Where a web server is. */
export interface WebServerPlace {
  /** Starts a program where the server is to be. */
  readonly start: (argv: readonly string[]) => BackgroundProcess;
  /** An IPv4 address there, and a port. */
  readonly endpoint: string;
  /**
   * What it answers.
   *
   * @default {"ok"}
   */
  readonly body?: string;
}

/** A web server that answers `GET /` and `GET /healthz` with one line. */
export class WebServer {
  /** Its address and port. */
  readonly endpoint: string;
  readonly #place: WebServerPlace;
  #process: BackgroundProcess;

  private constructor(place: WebServerPlace, process: BackgroundProcess) {
    this.endpoint = place.endpoint;
    this.#place = place;
    this.#process = process;
  }

  /**
   * Starts one.
   *
   * @param place where, and what it answers
   * @returns the server, once it listens; it ends with the place
   */
  static async start(place: WebServerPlace): Promise<WebServer> {
    return new WebServer(place, await listen(place));
  }

  /** Kills it: connections are refused. */
  async kill(): Promise<void> {
    await this.#process.stop();
  }

  /** Stops it: connections are accepted, by the kernel, and never answered. */
  hang(): void {
    this.#process.signal("SIGSTOP");
  }

  /** Lets it go on after {@linkcode hang}. */
  resume(): void {
    this.#process.signal("SIGCONT");
  }

  /** Starts it again after {@linkcode kill}. */
  async restart(): Promise<void> {
    this.#process = await listen(this.#place);
  }
}

async function listen({ start, endpoint, body = "ok" }: WebServerPlace): Promise<BackgroundProcess> {
  const home = `/tmp/web-${endpoint}`;
  await Deno.mkdir(home, { recursive: true });
  for (const name of ["index.html", "healthz"]) await Deno.writeTextFile(`${home}/${name}`, `${body}\n`);
  const process = start(["busybox", "httpd", "-f", "-p", endpoint, "-h", home]);
  // State 0A is LISTEN; the address before it is the kernel's, in hexadecimal.
  const port = Number(endpoint.split(":")[1]).toString(16).toUpperCase().padStart(4, "0");
  const listening = new RegExp(`^ *\\d+: ${hexAddress(endpoint)}:${port} 00000000:0000 0A`, "m");
  await until(() => listening.test(readIfThere(`/proc/${process.pid}/net/tcp`)), {
    withinMs: 5000,
    what: `a web server listens on ${endpoint}`,
    state: () => process.stderr,
  });
  return process;
}

/** An IPv4 address as /proc/net/tcp has it: a number of this machine's, which counts bytes from the end. */
function hexAddress(endpoint: string): string {
  const bytes = (endpoint.split(":")[0] ?? "").split(".").reverse();
  return bytes.map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, "0")).join("");
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // it has ended
  }
}
