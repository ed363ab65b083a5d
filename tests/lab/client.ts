/**
 * The lab's client: makes requests, each on a connection of its own, and counts who answered. It says `started` after
 * the first one, and at the end, which SIGTERM brings about too, prints its {@linkcode Answers} as a line of JSON.
 *
 * The argument is {@linkcode Requests} in JSON.
 *
 * @module
 */

/** What to ask, and how often. */
export interface Requests {
  /** An IP address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /** HTTP over TCP, or a datagram. */
  readonly protocol: "tcp" | "udp";
  /** How many. */
  readonly count: number;
  /** So many start in a second, however long each takes. Without, each waits for the one before. */
  readonly perSecond?: number;
  /** When one counts as failed. */
  readonly timeoutMs: number;
}

/** Who answered. */
export interface Answers {
  /** Requests that were answered, by the name of the server. */
  readonly servers: Readonly<Record<string, number>>;
  /** Requests that failed, by the reason. */
  readonly failures: Readonly<Record<string, number>>;
  /** From the first request to the last answer. */
  readonly milliseconds: number;
}

/** The line that says that the first request has been answered, or has failed. */
export const STARTED = "started\n";

const HTTP_REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n");

async function askOverTcp({ address, port }: Requests, signal: AbortSignal): Promise<string> {
  using connection = await Deno.connect({ hostname: address, port, signal });
  signal.addEventListener("abort", () => connection[Symbol.dispose]());
  await connection.write(HTTP_REQUEST);
  const response = await new Response(connection.readable).text();
  const [, status, body] = /^HTTP\/1\.\d (\d+)[^]*?\r\n\r\n([^]*)$/.exec(response) ?? [];
  if (status !== "200" || body === undefined) throw new Error(`HTTP status ${status ?? "missing"}`);
  return body.trim();
}

/**
 * The ports that datagrams come from, one after the other, of this process and the next ones: one that the kernel chooses
 * may be one of a moment ago, and what comes from that goes to the same server as a moment ago.
 */
const UDP_PORTS = { first: 10_000, count: 20_000, perProcess: 211 } as const;
let datagrams = 0;

async function askOverUdp({ address, port }: Requests, signal: AbortSignal): Promise<string> {
  const { first, count, perProcess } = UDP_PORTS;
  const own = first + (Deno.pid * perProcess + datagrams++) % count;
  const anyAddress = address.includes(":") ? "::" : "0.0.0.0";
  const socket = Deno.listenDatagram({ transport: "udp", hostname: anyAddress, port: own });
  signal.addEventListener("abort", () => socket.close());
  try {
    await socket.send(new TextEncoder().encode("?\n"), { transport: "udp", hostname: address, port });
    const [answer] = await socket.receive();
    return new TextDecoder().decode(answer).trim();
  } finally {
    if (!signal.aborted) socket.close();
  }
}

async function ask(requests: Requests): Promise<{ server: string } | { failure: string }> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), requests.timeoutMs);
  try {
    return { server: await (requests.protocol === "udp" ? askOverUdp : askOverTcp)(requests, limit.signal) };
  } catch (error) {
    return { failure: limit.signal.aborted ? "timeout" : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function askAll(requests: Requests): Promise<Answers> {
  const servers: Record<string, number> = {};
  const failures: Record<string, number> = {};
  const begin = performance.now();
  const pending: Promise<void>[] = [];
  let isStopped = false;
  Deno.addSignalListener("SIGTERM", () => isStopped = true);
  for (let i = 0; i < requests.count && !isStopped; i++) {
    const counted = ask(requests).then((answer) => {
      const [counts, key] = "server" in answer ? [servers, answer.server] : [failures, answer.failure];
      counts[key] = (counts[key] ?? 0) + 1;
    });
    if (requests.perSecond === undefined || i === 0) await counted;
    if (i === 0) Deno.stdout.writeSync(new TextEncoder().encode(STARTED));
    if (requests.perSecond === undefined) continue;
    pending.push(counted);
    const untilNext = begin + (i + 1) * 1000 / requests.perSecond - performance.now();
    await new Promise((resolve) => setTimeout(resolve, untilNext));
  }
  await Promise.all(pending);
  return { servers, failures, milliseconds: performance.now() - begin };
}

if (import.meta.main) {
  const answers = await askAll(JSON.parse(Deno.args[0] ?? ""));
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answers)}\n`));
  // The listener would keep it running.
  Deno.exit(0);
}
