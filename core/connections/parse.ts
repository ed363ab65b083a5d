import { LvsctlError } from "../errors/mod.ts";
import { type IpAddress, ipv4FromValue, tryParseIpAddress } from "../model/mod.ts";
import type { Connection, ConnectionEnd } from "./connection.ts";

/** The kernel's list of connections. */
export const CONNECTIONS_FILE = "/proc/net/ip_vs_conn";

/** Start of the first line, which has the titles. */
const TITLES = "Pro FromIP";

/** Protocol, three times address and port, state, seconds; then name and data of a persistence engine, if any. */
const LINE =
  /^(\S+) +(\S+) ([\da-fA-F]{4}) (\S+) ([\da-fA-F]{4}) (\S+) ([\da-fA-F]{4}) (\S+) +(\d{1,10})(?: (\S+) (.*))?$/;

/** The kernel's names for the states of templates: the second since Linux 4.19. */
const TEMPLATE_STATES: ReadonlySet<string> = new Set(["NONE", "ASSURED"]);

/** The most services and servers that are kept; a table has few of them, and very many connections. */
const MAX_KEPT_ENDS = 4096;

/** Ends of connections by what the list has in their place. */
export type Ends = Map<string, ConnectionEnd>;

/** Far more than the longest line of the kernel's list; characters. */
const MAX_LINE_LENGTH = 4096;

/**
 * Reads one line of the kernel's list.
 *
 * @param line The line, without the line break.
 * @param options.number Its number in the list, for the error; the titles are line 1.
 * @param options.ends Services and servers of earlier lines.
 * @throws {LvsctlError} If the line is not a connection.
 */
export function parseConnection(
  line: string,
  options: {
    readonly number: number;
    /** Services and servers of earlier lines, which are shared. */
    readonly ends?: Ends | undefined;
  },
): Connection {
  const { ends } = options;
  const match = LINE.exec(line);
  if (match === null) throw unreadable(line, options.number);
  // By index, because destructuring allocates an iterator result for each part.
  const protocol = match[1] ?? "";
  const state = match[8] ?? "";
  const engine = match[10];
  const clientEnd = readEnd(match[2] ?? "", match[3] ?? "");
  const virtualEnd = keptEnd(ends, match[4] ?? "", match[5] ?? "");
  const serverEnd = keptEnd(ends, match[6] ?? "", match[7] ?? "");
  if (clientEnd === undefined || virtualEnd === undefined || serverEnd === undefined) {
    throw unreadable(line, options.number);
  }
  const connection: Connection = {
    protocol: protocol.toLowerCase(),
    client: clientEnd,
    virtual: virtualEnd,
    server: serverEnd,
    state,
    expiresSeconds: Number(match[9]),
    // An announced FTP connection has no client port either, but another state.
    isTemplate: clientEnd.port === 0 && TEMPLATE_STATES.has(state),
  };
  return engine === undefined ? connection : { ...connection, engine: { name: engine, data: match[11] ?? "" } };
}

function keptEnd(ends: Ends | undefined, addressText: string, port: string): ConnectionEnd | undefined {
  if (ends === undefined) return readEnd(addressText, port);
  const key = `${addressText} ${port}`;
  const kept = ends.get(key);
  if (kept !== undefined) return kept;
  const end = readEnd(addressText, port);
  if (end !== undefined && ends.size < MAX_KEPT_ENDS) ends.set(key, end);
  return end;
}

function readEnd(addressText: string, port: string): ConnectionEnd | undefined {
  const address = readAddress(addressText);
  return address === undefined ? undefined : { address, port: parseInt(port, 16) };
}

/** The list has IPv4 addresses as eight hexadecimal digits, and IPv6 addresses with all of their digits. */
function readAddress(text: string): IpAddress | undefined {
  if (text.length !== 8) return text.length === 39 ? tryParseIpAddress(text) : undefined;
  if (!/^[\da-fA-F]{8}$/.test(text)) return undefined;
  return ipv4FromValue(parseInt(text, 16));
}

function unreadable(line: string, number: number): LvsctlError {
  const start = line.length > 160 ? `${line.slice(0, 160)}...` : line;
  // A client's data in a line must not control the terminal; JSON escapes only some control characters.
  const text = JSON.stringify(start).replace(/\p{Cc}/gu, "?");
  return new LvsctlError(`line ${number} is not a connection: ${text}`, {
    operation: "read",
    object: CONNECTIONS_FILE,
    hint: "please report this with the version of your kernel",
  });
}

/**
 * Reads the kernel's list in pieces, and stores none of the connections: a table can have millions.
 *
 * @param chunks The list's bytes, in pieces of any size; each is consumed before the next one is read.
 * @throws {LvsctlError} At the first line that is not a connection, or if the titles are missing.
 */
export function* readConnections(chunks: Iterable<Uint8Array>): Generator<Connection, void, undefined> {
  let number = 0;
  const ends: Ends = new Map();
  for (const line of linesOf(chunks)) {
    number++;
    if (number > 1) yield parseConnection(line, { number, ends });
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
    // A text without line breaks is not the kernel's list: it is not collected, and parseConnection() refuses it.
    if (rest.length > MAX_LINE_LENGTH) break;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
