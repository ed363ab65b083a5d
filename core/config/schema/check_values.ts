import { EXIT, LvsctlError } from "../../errors/mod.ts";
import {
  didYouMean,
  DIGEST_ALGORITHMS,
  type DigestExpectation,
  DNS_RECORD_TYPES,
  type IpAddress,
  parseIpAddress,
} from "../../model/mod.ts";
import { regexProblem } from "../../regex/mod.ts";
import { isNothing, looksTyped, quote } from "../source/tree.ts";
import { parsed, reportShape, type Shape, text, type Type } from "./types.ts";

// The types of values in checks, agents and notifications.

function refuse(reason: string, hint: string): LvsctlError {
  return new LvsctlError(reason, { hint, exitCode: EXIT.usage });
}

/** An IP address without a port. */
export const ADDRESS: Type<IpAddress> = parsed("an IP address", parseIpAddress);

/** Text that is not empty. */
export const SOME_TEXT = text("text that is not empty", (value) => value !== "");

/** Text of one line. */
export const LINE = text("one line of text", (value) => /^[^\0\r\n]*$/.test(value));

/** An absolute path on this machine. */
export const PATH = text("an absolute path", (path) => /^\/[^\0]*$/.test(path));

const ESCAPES: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t", "0": "\0", "\\": "\\" };

/** Bytes, each as a character from U+0000 to U+00FF; written as text in UTF-8 with escapes. */
export const BYTES = parsed("text, with the escapes \\r, \\n, \\t, \\0, \\\\ and \\xHH", (written) => {
  if (written === "") throw refuse("the text is empty", "write at least one character");
  return written.replace(/\\(x[0-9A-Fa-f]{2}|[^]|$)|[\u0080-\uffff]+/g, (part, escape: string | undefined) => {
    if (escape === undefined) return String.fromCharCode(...new TextEncoder().encode(part));
    const byte = /^x(..)$/.exec(escape)?.[1];
    const character = byte === undefined ? ESCAPES[escape] : String.fromCharCode(parseInt(byte, 16));
    if (character !== undefined) return character;
    throw refuse(
      `${quote(part)} is not an escape`,
      "write \\r, \\n, \\t, \\0, \\\\ or \\x with two hexadecimal digits",
    );
  });
}, { isDiscreet: true });

/** A regular expression, which is matched in time that is linear in the length of the text. */
export const REGEX = parsed("a regular expression", (pattern) => {
  const problem = regexProblem(pattern);
  if (problem !== undefined) throw refuse(`${quote(pattern)} ${problem.reason}`, problem.hint);
  return pattern;
});

/** A header with its value. */
export const HEADER = parsed('a header in quotes, such as "X-Check: yes"', (header): readonly [string, string] => {
  const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*)$/.exec(header) ?? [];
  // A header can be a secret: the message does not show it.
  if (name === "") throw refuse("the text is not a header", 'write NAME: VALUE in quotes, as in "X-Check: yes"');
  if (/^(?:connection|content-length|host|transfer-encoding)$/i.test(name)) {
    throw refuse(`lvsctl sets the header ${name} itself`, "leave it out, or set Host by the key host");
  }
  return [name, value.trimEnd()];
}, { isDiscreet: true });

/** An environment variable with its value. */
export const VARIABLE = parsed("an environment variable such as NAME=VALUE", (variable): readonly [string, string] => {
  const [, name, value = ""] = /^([A-Za-z_][A-Za-z0-9_]*)=([^\0]*)$/s.exec(variable) ?? [];
  if (name === undefined) throw refuse("the text is not an environment variable", "write NAME=VALUE");
  return [name, value];
}, { isDiscreet: true });

const HEX_LENGTHS: Readonly<Record<DigestExpectation["algorithm"], number>> = {
  md5: 32,
  sha1: 40,
  sha256: 64,
  sha384: 96,
  sha512: 128,
};

/** A digest with its algorithm. */
export const DIGEST = parsed("a digest such as sha256:9f86d0...", (digest): DigestExpectation => {
  const [, name = "", value = ""] = /^([a-z0-9]+):([0-9A-Fa-f]+)$/.exec(digest) ?? [];
  const algorithm = DIGEST_ALGORITHMS.find((each) => each === name);
  if (algorithm === undefined) {
    const known = DIGEST_ALGORITHMS.join(", ");
    throw refuse(`${quote(digest)} is not a digest`, `write ALGORITHM:HEX, where ALGORITHM is one of ${known}`);
  }
  if (value.length !== HEX_LENGTHS[algorithm]) {
    throw refuse(
      `the ${algorithm} digest has ${value.length} hexadecimal digits`,
      `write all ${HEX_LENGTHS[algorithm]} digits`,
    );
  }
  return { algorithm, value: value.toLowerCase() };
});

/** A path in a JSON document. */
export const JSON_PATH = text(
  'a path such as $.status or $.nodes[0]["up-since"]',
  (path) => /^\$(?:\.[A-Za-z_][\w-]*|\[(?:\d{1,6}|"[^"\\]*")\])*$/.test(path),
);

const JSON_SCALAR: Shape = {
  kind: "text",
  words: "text, a number, true, false or null",
  also: ["number", "boolean", "null"],
};

/** A JSON value other than a list and an object. */
export const JSON_VALUE: Type<{ readonly value: string | number | boolean | null }> = {
  shape: JSON_SCALAR,
  read(node, place): { readonly value: string | number | boolean | null } | undefined {
    if (node.kind !== "scalar") return reportShape(node, { place, shape: JSON_SCALAR });
    if (isNothing(node)) return { value: null };
    if (!node.plain || !looksTyped(node.text)) return { value: node.text };
    if (node.text === "true" || node.text === "false") return { value: node.text === "true" };
    const value = Number(node.text);
    return Number.isFinite(value) ? { value } : reportShape(node, { place, shape: JSON_SCALAR });
  },
};

/** A domain name, as in a DNS query. */
export const DOMAIN_NAME = text(
  "a domain name",
  (name) =>
    name === "." ||
    (name.length <= 254 && /^(?:[\x21-\x2d\x2f-\x7e]{1,63}\.)*[\x21-\x2d\x2f-\x7e]{1,63}\.?$/.test(name)),
);

/** A type of DNS record. */
export const RECORD_TYPE = parsed("a type of DNS record", (type) => {
  const name = type.toUpperCase();
  const number = Number(/^TYPE(\d{1,5})$/.exec(name)?.[1] ?? Infinity);
  if (Object.hasOwn(DNS_RECORD_TYPES, name) || number <= 65535) return name;
  const known = Object.keys(DNS_RECORD_TYPES);
  throw refuse(
    `${quote(type)} is not a type of DNS record`,
    `write ${known.join(", ")}, or TYPE with a number${didYouMean(name, known)}`,
  );
});

/** A SIP address. */
export const SIP_URI = text("an address such as sip:user@example.org", (uri) => /^sips?:[\x21-\x7e]+$/.test(uri));
