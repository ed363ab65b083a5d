import { LvsctlError } from "../errors/mod.ts";
import { type IpAddress, isIpAddress, tryParseIpAddress } from "../model/mod.ts";
import type { Connection, ConnectionEnd } from "./connection.ts";

/** Where the kernel lists its connections. */
export const CONNECTIONS_FILE = "/proc/net/ip_vs_conn";

/** How the first line begins, the titles. */
const TITLES = "Pro FromIP";

/** Protocol, three times address and port, state, seconds; name and data of a persistence engine where there is one. */
const LINE =
  /^(\S+) +(\S+) ([\da-fA-F]{4}) (\S+) ([\da-fA-F]{4}) (\S+) ([\da-fA-F]{4}) (\S+) +(\d{1,10})(?: (\S+) (.*))?$/;

/** What the kernel calls the states of templates: the second since Linux 4.19. */
const TEMPLATE_STATES: ReadonlySet<string> = new Set(["NONE", "ASSURED"]);

/** No line of the kernel's is nearly as long. */
const LONGEST_LINE = 4096;

/**
 * Reads one line of the kernel's list.
 *
 * @param line The line, without the line break.
 * @param options.number Its number in the list, for the error; the titles are line 1.
 * @throws {LvsctlError} If it is no connection.
 */
export function parseConnection(line: string, options: { readonly number: number }): Connection {
  const match = LINE.exec(line);
  if (match === null) throw unreadable(line, options.number);
  const [, protocol = "", client = "", clientPort = "", virtual = "", virtualPort = "", server = "", ...rest] = match;
  const [serverPort = "", state = "", seconds = "", engine, data = ""] = rest;
  const from = readEnd(client, clientPort);
  const to = readEnd(virtual, virtualPort);
  const by = readEnd(server, serverPort);
  if (from === undefined || to === undefined || by === undefined) throw unreadable(line, options.number);
  const connection: Connection = {
    protocol: protocol.toLowerCase(),
    client: from,
    virtual: to,
    server: by,
    state,
    expiresSeconds: Number(seconds),
    // A connection can be without a client's port too, the announced one of FTP: its state is another.
    isTemplate: from.port === 0 && TEMPLATE_STATES.has(state),
  };
  return engine === undefined ? connection : { ...connection, engine: { name: engine, data } };
}

function readEnd(addressText: string, port: string): ConnectionEnd | undefined {
  const address = readAddress(addressText);
  return address === undefined ? undefined : { address, port: parseInt(port, 16) };
}

/** IPv4 addresses are eight hexadecimal digits there; IPv6 ones are spelled out, with all of their digits. */
function readAddress(text: string): IpAddress | undefined {
  if (text.length !== 8) return text.length === 39 ? tryParseIpAddress(text) : undefined;
  if (!/^[\da-fA-F]{8}$/.test(text)) return undefined;
  const value = parseInt(text, 16);
  const dotted = `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  return isIpAddress(dotted) ? dotted : undefined;
}

function unreadable(line: string, number: number): LvsctlError {
  const shown = line.length > 160 ? `${line.slice(0, 160)}...` : line;
  // What a client could put into a line must not steer the terminal; JSON escapes only some of it.
  const text = JSON.stringify(shown).replace(/\p{Cc}/gu, "?");
  return new LvsctlError(`line ${number} is not a connection: ${text}`, {
    operation: "read",
    object: CONNECTIONS_FILE,
    hint: "please report this with the version of your kernel",
  });
}

/**
 * Reads the kernel's list piece by piece: a table may have millions of connections, and none of them is kept.
 *
 * @param chunks The list's bytes, in pieces of any size; each is used up before the next is asked for.
 * @throws {LvsctlError} For the first line that is no connection, or if the titles are missing.
 */
export function* readConnections(chunks: Iterable<Uint8Array>): Generator<Connection, void, undefined> {
  let number = 0;
  for (const line of linesOf(chunks)) {
    number++;
    if (number > 1) yield parseConnection(line, { number });
    else if (!line.startsWith(TITLES)) throw unreadable(line, number);
  }
  if (number === 0) throw new LvsctlError("it is empty", { operation: "read", object: CONNECTIONS_FILE });
}

function* linesOf(chunks: Iterable<Uint8Array>): Generator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    // What has no line breaks is not the kernel's list: it is not gathered, but refused by whoever reads the line.
    if (rest.length > LONGEST_LINE) break;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
