/**
 * A server of the lab's whose answer takes long: on each connection it says its name, and with it that it begins, then
 * sends a line every tenth of a second, then `end`, and shuts down. SIGUSR1 brings the end of all answers forward. It
 * says `ready` when it listens.
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

async function answer(connection: Deno.TcpConn, { name, lines }: SlowAnswer, hurry: AbortSignal): Promise<void> {
  using _ = connection;
  try {
    const say = (text: string): Promise<number> => connection.write(new TextEncoder().encode(text));
    // In one segment: whoever has read only the name has more waiting.
    await say(`${name}\nbegin\n`);
    for (let line = 1; line <= lines && !hurry.aborted; line++) {
      await new Promise((resolve) => setTimeout(resolve, LINE_INTERVAL_MS));
      await say(`line ${line}\n`);
    }
    await say("end\n");
    await connection.closeWrite();
    await connection.read(new Uint8Array(1));
  } catch {
    // The client went away.
  }
}

if (import.meta.main) {
  const slow: SlowAnswer = JSON.parse(Deno.args[0] ?? "");
  const hurry = new AbortController();
  Deno.addSignalListener("SIGUSR1", () => hurry.abort());
  const listener = Deno.listen({ hostname: "::", port: slow.port });
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  for await (const connection of listener) answer(connection, slow, hurry.signal);
}
