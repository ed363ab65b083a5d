/**
 * Programs for connections that must survive: a server that returns what it receives, and a client that sends a byte on
 * each of its connections again and again and prints how many have returned.
 *
 * The argument is a {@linkcode LongConnectionOptions} as JSON.
 *
 * @module
 */

/** What the program does. */
export type LongConnectionOptions =
  /** Returns what it receives at a port. */
  | { readonly kind: "server"; readonly port: number }
  /** Connects several times to each of some ports of an address, and sends a byte after each time; milliseconds. */
  | {
    readonly kind: "client";
    readonly address: string;
    readonly ports: readonly number[];
    readonly each: number;
    readonly everyMs: number;
  };

/** Time between two reports; milliseconds. */
const REPORT_MS = 200;

/** A report: the number of returned bytes of each connection, in order, and "closed" for one that has ended. */
export type Report = readonly (number | "closed")[];

function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function serve(port: number): Promise<void> {
  for await (const connection of Deno.listen({ hostname: "0.0.0.0", port })) {
    connection.readable.pipeTo(connection.writable).catch(() => {});
  }
}

async function connect(options: Extract<LongConnectionOptions, { readonly kind: "client" }>): Promise<void> {
  const ports = options.ports.flatMap((port) => Array.from({ length: options.each }, () => port));
  const report: (number | "closed")[] = ports.map(() => 0);
  for (const [index, port] of ports.entries()) {
    const connection = await Deno.connect({ hostname: options.address, port });
    const close = (): void => void (report[index] = "closed");
    setInterval(() => void connection.write(Uint8Array.of(1)).catch(close), options.everyMs);
    const count = async (): Promise<void> => {
      for await (const bytes of connection.readable) report[index] = Number(report[index]) + bytes.length;
      close();
    };
    count().catch(close);
  }
  setInterval(() => printLine(JSON.stringify(report)), REPORT_MS);
}

if (import.meta.main) {
  const options: LongConnectionOptions = JSON.parse(Deno.args[0] ?? "{}");
  const work = options.kind === "server" ? serve(options.port) : connect(options);
  printLine("ready");
  await work;
}
