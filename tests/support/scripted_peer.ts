/** Bytes as text, each as a character. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** The bytes of a text, each character as one. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A turn of a scripted conversation: what the client has to say, and what it is answered. */
export type Turn = readonly [asked: RegExp, answer: string | ((asked: RegExpExecArray) => string)];

/** What a scripted peer is made of. */
export interface Script {
  /** What it says first. */
  readonly greeting?: string;
  /** What follows, in this order. */
  readonly turns?: readonly Turn[];
}

/** Plays a script on a connection, then reads until the client closes. Whatever differs from the script ends it. */
export async function play(connection: Deno.Conn, { greeting = "", turns = [] }: Script): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  let heard = "";
  const say = async (text: string): Promise<void> => {
    for (let rest = fromLatin1(text); rest.length > 0;) rest = rest.subarray(await connection.write(rest));
  };
  await say(greeting);
  for (const [asked, answer] of turns) {
    let match = asked.exec(heard);
    while (match === null) {
      const count = await connection.read(buffer);
      if (count === null) return;
      heard += latin1(buffer.subarray(0, count));
      match = asked.exec(heard);
    }
    heard = heard.slice(match.index + match[0].length);
    await say(typeof answer === "string" ? answer : answer(match));
  }
  while ((await connection.read(buffer)) !== null);
}
