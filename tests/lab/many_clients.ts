/**
 * The lab's client of many services: asks all of them at once, each on a connection of its own, and prints who
 * answered as a line of JSON: a list in the order of the targets, `null` for each that did not answer in time.
 *
 * The argument is a JSON list of {@linkcode Asked}; the time limit for all of them follows.
 *
 * @module
 */

/** A service to ask. */
export interface Asked {
  /** Its address; an IPv6 address may have a zone. */
  readonly address: string;
  /** Its port. */
  readonly port: number;
  /** HTTP over TCP, or a datagram. */
  readonly protocol: "tcp" | "udp";
}

/** The answer of a service; undefined without one. */
async function answerOf({ address, port, protocol }: Asked, signal: AbortSignal): Promise<string | undefined> {
  try {
    return protocol === "tcp" ? await askOverTcp(address, port, signal) : await askOverUdp(address, port, signal);
  } catch {
    return undefined;
  }
}

async function askOverTcp(hostname: string, port: number, signal: AbortSignal): Promise<string> {
  using connection = await Deno.connect({ hostname, port, signal });
  signal.addEventListener("abort", () => connection[Symbol.dispose]());
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"));
  const response = await new Response(connection.readable).text();
  return response.slice(response.indexOf("\r\n\r\n") + 4).trim();
}

async function askOverUdp(hostname: string, port: number, signal: AbortSignal): Promise<string> {
  const any = hostname.includes(":") ? "::" : "0.0.0.0";
  const socket = Deno.listenDatagram({ transport: "udp", hostname: any, port: 0 });
  signal.addEventListener("abort", () => socket.close());
  await socket.send(new TextEncoder().encode("?\n"), { transport: "udp", hostname, port });
  const [answer, from] = await socket.receive();
  // A connected socket takes answers of the asked address alone.
  if (from.transport !== "udp" || from.port !== port) throw new Error("another port answered");
  return new TextDecoder().decode(answer).trim();
}

if (import.meta.main) {
  const targets: readonly Asked[] = JSON.parse(Deno.args[0] ?? "[]");
  const signal = AbortSignal.timeout(Number(Deno.args[1]));
  const pending = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
  const answers = await Promise.all(targets.map((target) => Promise.race([answerOf(target, signal), pending])));
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(answers.map((answer) => answer ?? null))}\n`));
  Deno.exit(0);
}
