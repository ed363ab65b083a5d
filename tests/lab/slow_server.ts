/**
 * A server of the lab's whose answer takes long: on each connection it says its name, then sends a line every tenth of
 * a second, then `end`, and with it more than anybody wants. It says `ready` when it listens.
 *
 * The argument is {@linkcode SlowAnswer} in JSON.
 *
 * @module
 */

/** What it answers. */
export interface SlowAnswer {
  /** Its name, the first line. */
  readonly name: string;
  /** Its port, on every address. */
  readonly port: number;
  /** How many lines come between the name and the end. */
  readonly lines: number;
}

/** Between two lines. */
const LINE_INTERVAL_MS = 100;

async function answer(connection: Deno.Conn, { name, lines }: SlowAnswer): Promise<void> {
  using _ = connection;
  try {
    const say = (text: string): Promise<number> => connection.write(new TextEncoder().encode(text));
    await say(`${name}\n`);
    for (let line = 1; line <= lines; line++) {
      await new Promise((resolve) => setTimeout(resolve, LINE_INTERVAL_MS));
      await say(`line ${line}\n`);
    }
    // In one segment: whoever has read the end has more waiting.
    await say("end\nmore\n");
    await connection.read(new Uint8Array(1));
  } catch {
    // The client went away.
  }
}

if (import.meta.main) {
  const slow: SlowAnswer = JSON.parse(Deno.args[0] ?? "");
  const listener = Deno.listen({ hostname: "::", port: slow.port });
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  for await (const connection of listener) answer(connection, slow);
}
