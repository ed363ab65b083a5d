import type { TraceEntry } from "../../core/net/mod.ts";
import { type Check, isSecretKey } from "../../core/model/mod.ts";
import type { Json } from "./json.ts";

/** A piece of what a probe and a server said to each other. */
export interface ExchangePiece {
  /** When; milliseconds since the probe began. */
  readonly atMs: number;
  /** What happened. */
  readonly kind: TraceEntry["kind"];
  /** How many bytes went. */
  readonly count?: number;
  /** The beginning of them as text; undefined where it may hold a secret. */
  readonly text?: string;
}

/** How many bytes of each piece are shown. */
const SHOWN_BYTES = 300;

/** Notes one piece; what is sent by a check that has a secret is not kept. */
export function exchangePiece(
  { kind, bytes }: TraceEntry,
  about: { readonly check: Check; readonly atMs: number },
): ExchangePiece {
  const { check, atMs } = about;
  if (bytes === undefined) return { atMs, kind };
  const isSecret = kind === "sent" && hasSecret(check);
  return { atMs, kind, count: bytes.length, ...(isSecret ? {} : { text: textOf(bytes) }) };
}

/** Whether something in a check must not be printed, headers included: whatever is sent may be made of it. */
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

/** A piece as a line for people. */
export function formatExchangePiece({ atMs, kind, count, text }: ExchangePiece): string {
  const time = `${atMs.toFixed(1)} ms`.padStart(10);
  if (count === undefined) return `    ${time}  ${kind}`;
  const shown = text === undefined ? "not shown, for the check has a secret" : quoted(text);
  return `    ${time}  ${kind} ${count} bytes: ${shown}`;
}

/** Bytes as text in quotes, what is not printable in ASCII by its number. */
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
