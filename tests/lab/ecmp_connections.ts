/**
 * Long TCP connections of the lab's, to many of which something happens at once: a server that answers each line, and a
 * client with many connections that asks on each of them again and again. The client prints a line each second: how many
 * connections work, and how many are broken.
 *
 * The argument is {@linkcode LongConnections} in JSON.
 *
 * @module
 */

/** What to run. */
export type LongConnections =
  | { readonly kind: "server"; readonly port: number }
  | {
    readonly kind: "client";
    readonly address: string;
    readonly port: number;
    /** Number of connections. */
    readonly count: number;
    /** Time between two questions on a connection; milliseconds. */
    readonly periodMs: number;
    /** How long an answer may take before the connection counts as broken; milliseconds. */
    readonly patienceMs: number;
  };

const state = { open: 0, broken: 0 };

async function ask(
  { address, port, periodMs, patienceMs }: Extract<LongConnections, { readonly kind: "client" }>,
): Promise<void> {
  let isOpen = false;
  try {
    using connection = await Deno.connect({ hostname: address, port });
    state.open++;
    isOpen = true;
    const buffer = new Uint8Array(16);
    for (;;) {
      await connection.write(Uint8Array.of(63));
      const timer = setTimeout(() => connection.close(), patienceMs);
      const count = await connection.read(buffer);
      clearTimeout(timer);
      if (count === null) throw new Error("closed");
      await new Promise((resolve) => setTimeout(resolve, periodMs * (0.5 + Math.random())));
    }
  } catch {
    state.broken++;
    if (isOpen) state.open--;
  }
}

async function answer(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16);
  try {
    while (await connection.read(buffer) !== null) await connection.write(Uint8Array.of(33));
  } catch {
    // The client has gone.
  }
  connection[Symbol.dispose]();
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const options: LongConnections = JSON.parse(Deno.args[0] ?? "");
  if (options.kind === "server") {
    const listener = Deno.listen({ hostname: "0.0.0.0", port: options.port });
    print("ready");
    for await (const connection of listener) void answer(connection);
  } else {
    for (let number = 0; number < options.count; number++) {
      void ask(options);
      if (number % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (let second = 1;; second++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      print(`${second} open ${state.open} broken ${state.broken}`);
    }
  }
}
