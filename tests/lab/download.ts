/**
 * The lab's client of `slow_server.ts`. It prints `from NAME` when the answer begins; at its end `complete`, and how many
 * lines came, or `failed` and why.
 *
 * It closes with something unread, so that its kernel resets the connection, which a director forgets after 10 seconds;
 * one that is closed in good order it remembers for two minutes.
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
   * Whether only the name is read.
   *
   * @default {false}
   */
  readonly nameOnly?: boolean;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function download({ address, port, nameOnly }: Download): Promise<void> {
  using connection = await Deno.connect({ hostname: address, port });
  // Byte by byte: what comes behind the end has to stay unread.
  const byte = new Uint8Array(1);
  let text = "";
  while (!text.endsWith("\nend\n")) {
    if (await connection.read(byte) === null) throw new Error(`the connection ended after ${JSON.stringify(text)}`);
    const hadName = text.includes("\n");
    text += String.fromCharCode(...byte);
    if (hadName || !text.endsWith("\n")) continue;
    print(`from ${text.trim()}`);
    if (nameOnly === true) return;
  }
  print(`complete ${text.match(/^line /gm)?.length ?? 0}`);
}

if (import.meta.main) {
  await download(JSON.parse(Deno.args[0] ?? "")).catch((error) => print(`failed ${error}`));
}
