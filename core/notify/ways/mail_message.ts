import { describeMessage, summarize } from "../wording.ts";
import type { Dispatch, SenderContext } from "../delivery.ts";

/** Longest line of a mail without its end (RFC 5322, 2.1.1). */
const MAX_LINE_LENGTH = 998;

/** Characters of base64 in a line (RFC 2045, 6.8). */
const BASE64_LINE_LENGTH = 76;

/** Most bytes in an encoded word, which has less than 76 characters with its delimiters (RFC 2047, 2). */
const ENCODED_WORD_BYTES = 42;

/** Longest subject; the body has the full text. */
const MAX_SUBJECT_LENGTH = 160;

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Sender, recipients and ID of a mail. */
export interface Envelope {
  /** Address of the sender. */
  readonly from: string;
  /** Addresses of the recipients. */
  readonly to: readonly string[];
  /** The part before the @ of the Message-ID. */
  readonly id: string;
}

function isAscii(text: string): boolean {
  return /^[ -~\n]*$/.test(text);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The date of a mail (RFC 5322, 3.3), in UTC: "Tue, 3 Nov 2026 04:05:06 +0000". */
export function mailDate(at: number): string {
  const date = new Date(at);
  const day = `${DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day} ${date.toISOString().slice(11, 19)} +0000`;
}

/** A text as the value of a header: unchanged, or as encoded words, each on its own line (RFC 2047). */
export function headerText(text: string): string {
  if (isAscii(text)) return text;
  const encoder = new TextEncoder();
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    // A character must not be split between words.
    if (encoder.encode(word + character).length > ENCODED_WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map((each) => `=?UTF-8?B?${base64(encoder.encode(each))}?=`).join("\r\n ");
}

/** The machine's name if it is valid after an @ and in EHLO, or else "localhost". */
export function mailHostname(hostname: string): string {
  return /^[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i.test(hostname) ? hostname : "localhost";
}

/** The body: a line for each message, with its time. */
function textOf({ messages, dropped }: Pick<Dispatch, "messages" | "dropped">, hostname: string): string {
  const lines = messages.map((message) => {
    const time = new Date(message.event.at).toISOString().replace("T", " ").slice(0, 19);
    return `${time} UTC  ${describeMessage(message)}`;
  });
  return [
    ...(dropped === 0 ? [] : [`${dropped} earlier events are missing: they could not be sent in time.`, ""]),
    ...lines,
    "",
    "-- ",
    `lvsctl on ${hostname}`,
  ].join("\n");
}

/**
 * A mail with all messages, as the data that follows DATA: headers and body with doubled dots at the beginning of lines,
 * and the final line with a dot (RFC 5321, 4.5.2).
 */
export function mailMessage(
  dispatch: Pick<Dispatch, "messages" | "dropped">,
  options: Envelope & Pick<SenderContext, "hostname" | "timeOfDay">,
): string {
  const { messages } = dispatch;
  const { from, to, id, hostname, timeOfDay } = options;
  const [only] = messages;
  const what = messages.length === 1 && only !== undefined ? describeMessage(only) : summarize(messages);
  const whole = `[lvsctl ${hostname}] ${what}`;
  const subject = whole.length > MAX_SUBJECT_LENGTH ? `${whole.slice(0, MAX_SUBJECT_LENGTH - 3).trimEnd()}...` : whole;
  const text = textOf(dispatch, hostname);
  const isPlain = isAscii(text) && text.split("\n").every((line) => line.length <= MAX_LINE_LENGTH);
  const body = isPlain ? text.split("\n") : base64(new TextEncoder().encode(text.replaceAll("\n", "\r\n"))).match(
    new RegExp(`.{1,${BASE64_LINE_LENGTH}}`, "g"),
  ) ?? [];
  const lines = [
    `Date: ${mailDate(timeOfDay())}`,
    `Message-ID: <${id}@${mailHostname(hostname)}>`,
    `From: lvsctl <${from}>`,
    `To: ${to.map((address) => `<${address}>`).join(",\r\n ")}`,
    `Subject: ${headerText(subject)}`,
    // Prevents out-of-office replies (RFC 3834, 5).
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Transfer-Encoding: ${isPlain ? "7bit" : "base64"}`,
    "",
    ...body,
  ];
  const stuffed = lines.map((line) => line.startsWith(".") ? `.${line}` : line);
  return `${stuffed.join("\r\n")}\r\n.\r\n`;
}
