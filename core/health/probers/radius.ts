import type { CheckPath, RadiusCheck, ServerId } from "../../model/mod.ts";
import { exchangeDatagrams } from "./datagrams.ts";
import { hmacMd5, joined, md5 } from "./md5.ts";
import type { ExchangeOptions, Outcome } from "../../net/mod.ts";

/** Codes of packets (RFC 2865 3, RFC 2866, RFC 5997). */
const ACCESS_REQUEST = 1;
const ACCESS_ACCEPT = 2;
const ACCESS_REJECT = 3;
const ACCOUNTING_RESPONSE = 5;
const ACCESS_CHALLENGE = 11;
const STATUS_SERVER = 12;

/** Types of attributes. */
const USER_NAME = 1;
const USER_PASSWORD = 2;
const NAS_IDENTIFIER = 32;
const MESSAGE_AUTHENTICATOR = 80;

const HEADER_BYTES = 20;

function attribute(type: number, value: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(type, value.length + 2), value);
}

/** The hidden password (RFC 2865 5.2). */
function hidden(
  password: Uint8Array,
  keys: { readonly secret: Uint8Array; readonly authenticator: Uint8Array },
): Uint8Array {
  const padded = new Uint8Array(Math.max(16, Math.ceil(password.length / 16) * 16));
  padded.set(password);
  let previous = keys.authenticator;
  for (let at = 0; at < padded.length; at += 16) {
    const mask = md5(joined(keys.secret, previous));
    previous = padded.subarray(at, at + 16);
    previous.forEach((byte, index) => previous[index] = byte ^ (mask[index] ?? 0));
  }
  return padded;
}

/** Encodes a request with its message authenticator. */
function encodeRequest(check: RadiusCheck, id: number, authenticator: Uint8Array): Uint8Array {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const secret = encode(check.secret);
  const { login } = check;
  const attributes = joined(
    // The first attribute, as the protection against forged answers requires.
    attribute(MESSAGE_AUTHENTICATOR, new Uint8Array(16)),
    ...(login === undefined ? [] : [
      attribute(USER_NAME, encode(login.user)),
      attribute(USER_PASSWORD, hidden(encode(login.password), { secret, authenticator })),
    ]),
    attribute(NAS_IDENTIFIER, encode("lvsctl")),
  );
  const length = HEADER_BYTES + attributes.length;
  const code = login === undefined ? STATUS_SERVER : ACCESS_REQUEST;
  const packet = joined(Uint8Array.of(code, id, length >> 8, length & 255), authenticator, attributes);
  packet.set(hmacMd5(secret, packet), HEADER_BYTES + 2);
  return packet;
}

function judge(code: number, { login }: RadiusCheck): Outcome {
  if (code === ACCESS_ACCEPT) return { ok: true, detail: "Access-Accept" };
  if (login === undefined && code === ACCOUNTING_RESPONSE) return { ok: true, detail: "Accounting-Response" };
  if (code === ACCESS_REJECT) return { ok: false, reason: "Access-Reject" };
  if (code === ACCESS_CHALLENGE) return { ok: false, reason: "Access-Challenge, which asks for more than a password" };
  return { ok: false, reason: `answer with the unexpected code ${code}` };
}

/** The `radius` prober: a login is accepted, or Status-Server is answered. */
export function probeRadius(
  target: ServerId,
  check: RadiusCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const [id = 0] = crypto.getRandomValues(new Uint8Array(1));
  const authenticator = crypto.getRandomValues(new Uint8Array(16));
  const secret = new TextEncoder().encode(check.secret);
  return exchangeDatagrams({
    target,
    check,
    options,
    request: () => encodeRequest(check, id, authenticator),
    judge: (datagram): Outcome | undefined => {
      if (datagram.length < HEADER_BYTES || datagram[1] !== id) return undefined;
      const length = (datagram[2] ?? 0) * 256 + (datagram[3] ?? 0);
      if (length < HEADER_BYTES || length > datagram.length) return undefined;
      const expected = md5(
        joined(datagram.subarray(0, 4), authenticator, datagram.subarray(HEADER_BYTES, length), secret),
      );
      // The answer is signed with another secret, or forged.
      if (expected.some((byte, index) => datagram[4 + index] !== byte)) {
        return { ok: false, reason: "answer is not signed with the secret" };
      }
      return judge(datagram[0] ?? 0, check);
    },
  });
}
