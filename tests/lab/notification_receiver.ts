/**
 * A server that takes mails and webhooks on 127.0.0.1, and prints each as a line of JSON, a {@linkcode Received}.
 *
 * @module
 */
import { denoProgram } from "./traffic.ts";

/** The ports of SMTP and HTTP. */
export const MAIL_PORT = 2525;
export const HOOK_PORT = 8080;

/** What was received. */
export type Received =
  | { readonly kind: "mail"; readonly recipients: readonly string[]; readonly message: string }
  | { readonly kind: "hook"; readonly path: string; readonly document: unknown };

/** The command line of the server, which prints `ready` first. */
export function receiverProgram(): readonly string[] {
  return denoProgram("notification_receiver.ts", {});
}

/** What the server has printed. */
export function receivedIn(output: string): readonly Received[] {
  return output.split("\n").filter((line) => line.startsWith("{")).map((line): Received => JSON.parse(line));
}

function printLine(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

function print(received: Received): void {
  printLine(JSON.stringify(received));
}

async function takeMail(connection: Deno.Conn): Promise<void> {
  const encoder = new TextEncoder();
  const writer = connection.writable.getWriter();
  const reply = (text: string): Promise<void> => writer.write(encoder.encode(`${text}\r\n`));
  await reply("220 receiver");
  const recipients: string[] = [];
  let message: string | undefined;
  let rest = "";
  for await (const piece of connection.readable.pipeThrough(new TextDecoderStream())) {
    rest += piece;
    for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (message !== undefined && line !== ".") {
        message += `${line}\n`;
        continue;
      }
      if (message !== undefined) {
        print({ kind: "mail", recipients, message });
        message = undefined;
        await reply("250 taken");
      } else if (line === "DATA") {
        message = "";
        await reply("354 go on");
      } else if (line === "QUIT") {
        await reply("221 bye");
        return await writer.close();
      } else {
        const [, recipient] = /^RCPT TO:<(.*)>$/i.exec(line) ?? [];
        if (recipient !== undefined) recipients.push(recipient);
        await reply("250 fine");
      }
    }
  }
}

async function takeMails(): Promise<void> {
  for await (const connection of Deno.listen({ hostname: "127.0.0.1", port: MAIL_PORT })) {
    takeMail(connection).catch(() => {});
  }
}

if (import.meta.main) {
  Deno.serve({ hostname: "127.0.0.1", port: HOOK_PORT, onListen: () => {} }, async (request) => {
    print({ kind: "hook", path: new URL(request.url).pathname, document: await request.json() });
    return new Response(null, { status: 204 });
  });
  const work = takeMails();
  printLine("ready");
  await work;
}
