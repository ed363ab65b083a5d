/**
 * Programs that measure who has a VIP, and when no director has it: a host that answers datagrams, and a client that sends
 * them. The client prints a line when another host answers, and when an answer is late: the time, the VIP, the name of the
 * host, and the time since the answer before; milliseconds.
 *
 * The argument is an {@linkcode EchoOptions} as JSON.
 *
 * @module
 */
import { createSocket } from "node:dgram";

/** What the program does. */
export type EchoOptions =
  /** Answers datagrams with a name. */
  | { readonly kind: "host"; readonly name: string }
  /** Asks addresses again after each interval, in milliseconds. */
  | { readonly kind: "client"; readonly addresses: readonly string[]; readonly everyMs: number };

const PORT = 9999;

/** How much more than the interval between two answers is worth a line; milliseconds. */
const LATE_MS = 10;

function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function answerAs(name: string): void {
  for (const type of ["udp4", "udp6"] as const) {
    const socket = createSocket({ type, ipv6Only: type === "udp6" });
    socket.on("message", (_message, { address, port }) => socket.send(name, port, address, () => {}));
    socket.bind(PORT);
  }
}

function ask(address: string, everyMs: number): void {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  let last: { readonly at: number; readonly name: string } | undefined;
  socket.on("message", (answer) => {
    const now = { at: performance.now(), name: answer.toString() };
    const gapMs = now.at - (last?.at ?? now.at);
    if (now.name !== last?.name || gapMs > everyMs + LATE_MS) {
      printLine(`${now.at.toFixed(1)} ${address} ${now.name} ${gapMs.toFixed(1)}`);
    }
    last = now;
  });
  // The address may have no host at present.
  socket.on("error", () => {});
  setInterval(() => socket.send("?", PORT, address, () => {}), everyMs);
}

if (import.meta.main) {
  const options: EchoOptions = JSON.parse(Deno.args[0] ?? "{}");
  if (options.kind === "host") answerAs(options.name);
  else for (const address of options.addresses) ask(address, options.everyMs);
  printLine("ready");
}
