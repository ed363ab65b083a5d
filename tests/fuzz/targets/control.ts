/**
 * The control protocol: lines, requests and replies, and a daemon's socket that a client writes anything to.
 *
 * @module
 */
import { ControlServer } from "../../../core/control/mod.ts";
import { readLines } from "../../../core/control/lines.ts";
import { MAX_REQUEST_BYTES, parseReply, parseRequest } from "../../../core/control/protocol.ts";
import { LvsctlError } from "../../../core/errors/mod.ts";
import {
  entryFor,
  expectOnly,
  expectOnlyLater,
  type FuzzTarget,
  inputOfText,
  require,
  splitHeader,
  textOfInput,
  withHeader,
} from "../target.ts";

const SEEDS = [
  '{"version":1,"command":"status"}\n',
  '{"version":1,"command":"reload"}\n{"version":1,"command":"fail"}\n',
  '{"version":1,"ok":true,"result":{"services":[]}}\n',
  '{"version":1,"ok":false,"error":"Cannot read it","exit_code":3}\n',
  '{"version":2,"command":"status","more":[1,{"a":null}]}\n',
];

/** Most bytes for the socket: thousands of requests in one input only take longer. */
const MAX_SOCKET_BYTES = 8 * 1024;

type Reader = (body: Uint8Array) => void | Promise<void>;

const PARSERS: Readonly<Record<string, Reader>> = {
  request: (body) => void expectOnly([LvsctlError], () => parseRequest(textOfInput(body))),
  reply: (body) => void expectOnly([LvsctlError], () => parseReply(textOfInput(body))),
  lines: async (body) => {
    await expectOnlyLater([LvsctlError], async () => {
      for await (const line of readLines(inPieces(body), { maxBytes: MAX_REQUEST_BYTES })) {
        require(!line.includes("\n"), "a line has no line end");
      }
    });
  },
};

/** The control protocol: a request is answered or refused, and the daemon goes on. */
export function control(): FuzzTarget {
  const directory = Deno.makeTempDirSync({ prefix: "lvsctl-fuzz-" });
  const server = new SocketReader(`${directory}/control`);
  const readers: Readonly<Record<string, Reader>> = {
    ...PARSERS,
    socket: (body) => server.read(body.subarray(0, MAX_SOCKET_BYTES)),
  };
  return {
    name: "control",
    seeds: Object.keys(readers).flatMap((name) => SEEDS.map((text) => withHeader(name, inputOfText(text)))),
    words: [
      ...'{}[]:,"\\\n0',
      "version",
      "command",
      "status",
      "ok",
      "null",
      "true",
      "1e999",
      "\\ud800",
      "__proto__",
      "constructor",
      "\xff\xfe",
      "exit_code",
    ],
    maxBytes: 80 * 1024,
    run: (input) => {
      const { header, body } = splitHeader(input);
      return entryFor(readers, header)(body);
    },
    close: async () => {
      await server[Symbol.asyncDispose]();
      Deno.removeSync(directory, { recursive: true });
    },
  };
}

function inPieces(body: Uint8Array): { read(buffer: Uint8Array): Promise<number | null> } {
  let rest = body;
  return {
    read: (buffer) => {
      if (rest.length === 0) return Promise.resolve(null);
      const piece = rest.subarray(0, Math.min(buffer.length, 1 + (rest.length % 50)));
      buffer.set(piece);
      rest = rest.subarray(piece.length);
      return Promise.resolve(piece.length);
    },
  };
}

/** A daemon's socket, opened for the first input. */
class SocketReader implements AsyncDisposable {
  readonly #path: string;
  #server: ControlServer | undefined;
  #bug: unknown;

  constructor(path: string) {
    this.#path = path;
  }

  async read(body: Uint8Array): Promise<void> {
    this.#server ??= ControlServer.listen(this.#path, {
      commands: {
        status: () => ({ services: [] }),
        reload: () => null,
        fail: () => {
          throw new LvsctlError("it is broken");
        },
      },
      onBug: (error) => this.#bug ??= error,
    });
    using connection = await Deno.connect({ transport: "unix", path: this.#path });
    await this.#exchange(connection, body);
    if (this.#bug !== undefined) throw this.#bug;
  }

  async #exchange(connection: Deno.UnixConn, body: Uint8Array): Promise<void> {
    const answer = this.#answer(connection);
    try {
      for (let rest = body; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
      await connection.closeWrite();
    } catch (error) {
      // The server closes the connection of a client that does not speak the protocol.
      if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    for (const line of (await answer).split("\n").slice(0, -1)) parseReply(line);
  }

  async #answer(connection: Deno.UnixConn): Promise<string> {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(16 * 1024);
    let text = "";
    try {
      for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
        text += decoder.decode(buffer.subarray(0, count), { stream: true });
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}
