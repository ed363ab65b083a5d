/**
 * The lab's client of `slow_server.ts`. It prints `from NAME` when the answer begins; at its end `complete`, and how many
 * lines came, or `failed` and why. Then both sides have shut the connection down.
 *
 * The argument is {@linkcode Download} in JSON.
 *
 * @module
 */

/** What is downloaded. */
export interface Download {
  /** An IP address. */
  readonly address: string;
  /** The port. */
  readonly port: number;
  /**
   * Reads only the name, and then ends, or stalls until it is killed: its kernel resets the connection then, for there
   * is something unread. (Deno shuts a connection down that it closes itself.)
   */
  readonly nameOnly?: "end" | "stall";
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function download({ address, port, nameOnly }: Download): Promise<void> {
  using connection = await Deno.connect({ hostname: address, port });
  // Byte by byte: what comes behind the name has to stay unread.
  const byte = new Uint8Array(1);
  let text = "";
  while (await connection.read(byte) !== null) {
    const hadName = text.includes("\n");
    text += String.fromCharCode(...byte);
    if (hadName || !text.endsWith("\n")) continue;
    print(`from ${text.trim()}`);
    if (nameOnly === "stall") await new Promise((resolve) => setTimeout(resolve, STALL_MS));
    if (nameOnly !== undefined) return;
  }
  if (!text.endsWith("\nend\n")) throw new Error(`the connection ended after ${JSON.stringify(text)}`);
  print(`complete ${text.match(/^line /gm)?.length ?? 0}`);
}

/** Longer than any test. */
const STALL_MS = 3_600_000;

if (import.meta.main) {
  await download(JSON.parse(Deno.args[0] ?? "")).catch((error) => print(`failed ${error}`));
}
