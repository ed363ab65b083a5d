import { openKernelFile } from "../../../core/files/mod.ts";
import { type IpAddress, ipv4FromValue, PROTOCOLS, tryParseIpAddress } from "../../../core/model/mod.ts";
import { formatHostPort, formatNumericHostPort, type NameOptions } from "./entry_name.ts";
import { IpvsadmFailure, STATUS } from "../failure.ts";
import type { Output } from "../../context/buffered_output.ts";

/** The kernel's list of connections. */
const CONNECTIONS_FILE = "/proc/net/ip_vs_conn";

/** The format of the connections. */
export interface ConnectionOptions extends NameOptions {
  /** Whether the columns of the persistence engine are printed. */
  readonly withEngine: boolean;
}

/**
 * Prints the connections.
 *
 * @throws {IpvsadmFailure} If the kernel does not list them.
 */
export function printConnections(output: Output, options: ConnectionOptions): void {
  const lines = connectionLines();
  if (lines.next().done) {
    throw new IpvsadmFailure(`unexpected input from ${CONNECTIONS_FILE}`, { status: STATUS.listing });
  }
  const engineTitles = options.withEngine ? "        pe name          pe_data" : "";
  output.write(
    "IPVS connection entries\n" +
      `pro expire state       source             virtual            destination${engineTitles}\n`,
  );
  const format = new ConnectionFormat(options);
  for (const line of lines) output.write(format.format(line));
}

/** Reads the file's lines piece by piece: there may be millions. */
function* connectionLines(): Generator<string> {
  using file = openConnections();
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(64 * 1024);
  let rest = "";
  for (;;) {
    const length = file.readSync(chunk);
    if (length === null) break;
    const lines = (rest + decoder.decode(chunk.subarray(0, length), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function openConnections(): Deno.FsFile {
  try {
    return openKernelFile(CONNECTIONS_FILE);
  } catch {
    throw new IpvsadmFailure(`cannot open file ${CONNECTIONS_FILE}`, { status: STATUS.listing });
  }
}

/** The most names of services and servers that are kept; a table has few of them, and very many connections. */
const MAX_KEPT_NAMES = 4096;

/** Formats lines of the kernel's list as ipvsadm does. */
export class ConnectionFormat {
  readonly #options: ConnectionOptions;
  /** Names of services and servers by what the list has in their place. */
  readonly #names = new Map<string, string>();

  /** Formats with these options. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Formats a line. */
  format(line: string): string {
    // By index, because destructuring allocates an iterator result for each word.
    const words = line.split(" ").filter(isWord);
    const protocol = words[0] ?? "";
    const state = words[7] ?? "";
    const expires = words[8] ?? "";
    const engine = words[9];
    const engineData = words[10];
    const seconds = Number(expires) || 0;
    const expire = `${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds % 60)}`;
    const start = `${protocol.padEnd(3)} ${expire.padEnd(6)} ${state.padEnd(11)} ` +
      `${this.#name(protocol, words[1] ?? "", words[2] ?? "").padEnd(18)} ` +
      `${this.#keptName(protocol, words[3] ?? "", words[4] ?? "").padEnd(18)} `;
    const destination = this.#keptName(protocol, words[5] ?? "", words[6] ?? "");
    if (!this.#options.withEngine || engine === undefined || engineData === undefined) {
      return `${start}${destination}\n`;
    }
    return `${start}${destination.padEnd(16)} ${engine.padEnd(18)} ${engineData}\n`;
  }

  #name(protocol: string, address: string, port: string): string {
    if (this.#options.names === undefined) {
      return formatNumericHostPort({ address: readAddress(address), port: parseInt(port, 16) || 0 });
    }
    const known = PROTOCOLS.find((name) => name === protocol.toLowerCase());
    const end = { address: readAddress(address), port: parseInt(port, 16) || 0, protocol: known };
    return formatHostPort(end, this.#options);
  }

  #keptName(protocol: string, address: string, port: string): string {
    const key = `${protocol} ${address} ${port}`;
    const kept = this.#names.get(key);
    if (kept !== undefined) return kept;
    const name = this.#name(protocol, address, port);
    if (this.#names.size < MAX_KEPT_NAMES) this.#names.set(key, name);
    return name;
  }
}

/** The form of an IPv4 address in the list. */
const IPV4 = /^[\dA-Fa-f]{8}$/;

/** Parses an address of the list: eight hexadecimal digits for IPv4, the usual form for IPv6. */
function readAddress(text: string): IpAddress {
  const address = text.length === 8 && IPV4.test(text) ? undefined : tryParseIpAddress(text);
  return address ?? ipv4FromValue(parseInt(text, 16) || 0);
}

function isWord(text: string): boolean {
  return text !== "";
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
