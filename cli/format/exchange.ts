import type { TraceEntry } from "../../core/net/mod.ts";
import { type Check, isSecretKey } from "../../core/model/mod.ts";
import type { Json } from "./json.ts";

/** A piece of the exchange between a probe and a server. */
export interface ExchangePiece {
  /** The time since the probe began, milliseconds. */
  readonly atMs: number;
  /** The kind of the piece. */
  readonly kind: TraceEntry["kind"];
  /** The number of bytes; undefined for an event without data. */
  readonly count?: number | undefined;
  /** The first bytes as text; undefined if they may contain a secret. */
  readonly text?: string | undefined;
}

/** The number of bytes shown of each piece. */
const SHOWN_BYTES = 300;

/** Converts one piece; the data that a check with a secret sends is not kept. */
export function exchangePiece(
  { kind, bytes }: TraceEntry,
  about: { readonly check: Check; readonly atMs: number },
): ExchangePiece {
  const { check, atMs } = about;
  if (bytes === undefined) return { atMs, kind };
  const isSecret = kind === "sent" && hasSecret(check);
  return { atMs, kind, count: bytes.length, text: isSecret ? undefined : textOf(bytes) };
}

/** Whether a check has a secret, in a header too: any data that it sends may contain it. */
function hasSecret(value: unknown): boolean {
  if (Array.isArray(value)) {
    const [name] = value;
    return (value.length === 2 && typeof name === "string" && isSecretKey(name)) || value.some(hasSecret);
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, item]) => (isSecretKey(key) && item !== undefined) || hasSecret(item));
}

function textOf(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => String.fromCharCode(byte)).join("");
  return bytes.length > SHOWN_BYTES ? `${shown}...` : shown;
}

/** A piece as a line of text. */
export function formatExchangePiece({ atMs, kind, count, text }: ExchangePiece): string {
  const time = `${atMs.toFixed(1)} ms`.padStart(10);
  if (count === undefined) return `    ${time}  ${kind}`;
  const shown = text === undefined ? "not shown: the check has a secret" : quoted(text);
  return `    ${time}  ${kind} ${count} bytes: ${shown}`;
}

/** Bytes as quoted text, with escapes outside printable ASCII. */
function quoted(text: string): string {
  const escaped = text.replace(/[\\"]|[^\x20-\x7e]/g, (character) => {
    if (character === "\\" || character === '"') return `\\${character}`;
    if (character === "\n") return "\\n";
    if (character === "\r") return "\\r";
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}

/** A piece as JSON; each character of its text is a byte. */
export function exchangePieceJson({ atMs, kind, count, text }: ExchangePiece): Json {
  return { at_ms: atMs, kind, bytes: count ?? null, text: text ?? null };
}
