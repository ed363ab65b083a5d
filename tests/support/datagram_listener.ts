/**
 * A listener at a local datagram socket, as syslog and systemd are: a separate process, because Deno has such sockets
 * only behind a flag.
 *
 * @module
 */

/** Listens at the path that is its argument and prints each datagram as a line of JSON. */
const PROGRAM = `
const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
console.log(JSON.stringify("listening"));
for await (const [bytes] of socket) console.log(JSON.stringify(new TextDecoder().decode(bytes)));
`;

/** A listener at a path. */
export class DatagramListener implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts to listen; the file of the socket must not exist. */
  static async listen(path: string): Promise<DatagramListener> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-lock", "--no-config", "--unstable-net", "--allow-all", "--ext=js", "-", path],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(PROGRAM));
    await writer.close();
    const listener = new DatagramListener(child);
    await listener.next();
    return listener;
  }

  /** Waits for a datagram: its text. */
  async next(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value } = await this.#lines.read();
      if (value === undefined) throw new Error("the listener has ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return JSON.parse(line);
  }

  /** Stops the process, so that it reads no datagrams. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Ends it; the file of the socket stays, as it does when a listener is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#lines.cancel();
    await this.#child.status;
  }
}
