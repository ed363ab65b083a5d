/** Bytes as text, each as a character. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** The bytes of a text, each character as one. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A turn of a scripted conversation: the client's request and the answer. */
export type Turn = readonly [request: RegExp, answer: string | ((request: RegExpExecArray) => string)];

/** The script of a peer. */
export interface Script {
  /** First message of the peer. */
  readonly greeting?: string;
  /** Turns, in this order. */
  readonly turns?: readonly Turn[];
}

/** Plays a script on a connection, then reads until the client closes. A request that differs ends the script. */
export async function play(connection: Deno.Conn, { greeting = "", turns = [] }: Script): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  let received = "";
  const send = async (text: string): Promise<void> => {
    for (let rest = fromLatin1(text); rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  };
  await send(greeting);
  for (const [request, answer] of turns) {
    let match = request.exec(received);
    while (match === null) {
      const count = await connection.read(buffer);
      if (count === null) return;
      received += latin1(buffer.subarray(0, count));
      match = request.exec(received);
    }
    received = received.slice(match.index + match[0].length);
    await send(typeof answer === "string" ? answer : answer(match));
  }
  while ((await connection.read(buffer)) !== null);
}
