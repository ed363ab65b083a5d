import type { IpAddress } from "../../model/mod.ts";
import { IPV4_ENDPOINT_PATTERN } from "./lines.ts";
import type { MatchParts } from "./values.ts";

/** Reads a canonical file from its start to its end. */
export class CanonicalReader {
  readonly #text: string;
  readonly #ipv4Endpoint = new RegExp(IPV4_ENDPOINT_PATTERN, "y");
  #offset = 0;
  /** End of the last line that {@linkcode CanonicalReader.ipv4Endpoint} read. */
  #rest = "";

  /** Prepares to read a text. */
  constructor(text: string) {
    this.#text = text;
  }

  /** Whether the whole text was read. */
  get isAtEnd(): boolean {
    return this.#offset === this.#text.length;
  }

  /** Skips the given text if it is next. */
  skip(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#offset)) return false;
    this.#offset += expected.length;
    return true;
  }

  /** Matches the next line (or lines) without skipping it; undefined if the sticky pattern does not match. */
  next(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset;
    return pattern.exec(this.#text) ?? undefined;
  }

  /** Skips a match. */
  accept(parts: RegExpExecArray): void {
    this.#offset += parts[0].length;
  }

  /** Reads the next line as a start, an IPv4 address and port, and the rest; undefined if it has another form. */
  ipv4Endpoint(start: string): Ipv4Endpoint | undefined {
    const text = this.#text;
    if (!text.startsWith(start, this.#offset)) return undefined;
    const from = this.#offset + start.length;
    const pattern = this.#ipv4Endpoint;
    pattern.lastIndex = from;
    if (!pattern.test(text)) return undefined;
    const at = pattern.lastIndex;
    // Most lines end like the line before: only a new end is copied out of the text.
    if (this.#rest === "" || !text.startsWith(this.#rest, at)) {
      const end = text.indexOf("\n", at) + 1;
      if (end === 0) return undefined;
      this.#rest = text.slice(at, end);
    }
    const colon = text.indexOf(":", from);
    const port = Number(text.slice(colon + 1, at));
    if (port > 65535) return undefined;
    this.#offset = at + this.#rest.length;
    // The pattern matches only canonical addresses.
    return { address: text.slice(from, colon) as IpAddress, port, rest: this.#rest };
  }

  /** Reads the next line (or lines) if it has the form. */
  line<T>(form: Form<T>): T | undefined {
    const parts = this.next(form.pattern);
    if (parts === undefined) return undefined;
    const value = form.value(parts);
    if (value !== undefined) this.accept(parts);
    return value;
  }
}

/** The parts of a line: see {@linkcode CanonicalReader.ipv4Endpoint}. */
export interface Ipv4Endpoint {
  /** The address. */
  readonly address: IpAddress;
  /** The port. */
  readonly port: number;
  /** The rest of the line, with its line end. */
  readonly rest: string;
}

/** A form of lines: their pattern, their reader and their writer. */
export class Form<T> {
  /** The sticky pattern of the text. */
  readonly pattern: RegExp;
  readonly #read: (parts: MatchParts) => T;
  readonly #write: (value: T) => string;
  /** Values of earlier texts, for forms with many texts but few different ones. */
  readonly #known: Map<string, T> | undefined;

  /**
   * Joins a pattern with its values.
   *
   * @param pattern The sticky pattern.
   * @param options.read The value of a match.
   * @param options.write The text of a value.
   * @param options.isOftenTheSame Whether values are kept for later equal texts.
   */
  constructor(
    pattern: RegExp,
    options: {
      readonly read: (parts: MatchParts) => T;
      readonly write: (value: T) => string;
      readonly isOftenTheSame?: true;
    },
  ) {
    this.pattern = pattern;
    this.#read = options.read;
    this.#write = options.write;
    this.#known = options.isOftenTheSame ? new Map() : undefined;
  }

  /** The value of a match; undefined unless writing the value gives the same text. */
  value(parts: RegExpExecArray): T | undefined {
    const known = this.#known?.get(parts[0]);
    if (known !== undefined) return known;
    const value = this.#read(parts);
    if (this.#write(value) !== parts[0]) return undefined;
    this.#known?.set(parts[0], value);
    return value;
  }

  /** The value of a whole text; undefined if the text has another form. */
  valueOf(text: string): T | undefined {
    const known = this.#known?.get(text);
    if (known !== undefined) return known;
    this.pattern.lastIndex = 0;
    const parts = this.pattern.exec(text);
    return parts === null || parts[0] !== text ? undefined : this.value(parts);
  }
}
