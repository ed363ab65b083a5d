/**
 * Programs that measure who has a VIP, and when no director has it: a host that answers datagrams, and a client that sends
 * them and prints each answer.
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
  /** Asks an address again after each interval, in milliseconds, and prints the time and the name of each answer. */
  | { readonly kind: "client"; readonly address: string; readonly everyMs: number };

const PORT = 9999;

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
  socket.on("message", (answer) => printLine(`${performance.now().toFixed(1)} ${answer}`));
  // The address may have no host at present.
  socket.on("error", () => {});
  setInterval(() => socket.send("?", PORT, address, () => {}), everyMs);
}

if (import.meta.main) {
  const options: EchoOptions = JSON.parse(Deno.args[0] ?? "{}");
  if (options.kind === "host") answerAs(options.name);
  else ask(options.address, options.everyMs);
  printLine("ready");
}
