/**
 * The answers of servers to each protocol's prober.
 *
 * An input is the name of a case, a line end, and the parts of the answer, separated by {@linkcode SEPARATOR}.
 *
 * @module
 */
import { joined, md5 } from "../../../core/health/probers/md5.ts";
import { probe } from "../../../core/health/mod.ts";
import { type Check, DEFAULT_TIMING, DEFAULT_TLS, parseIpAddress, type SimpleCheck } from "../../../core/model/mod.ts";
import { fromHex } from "../../support/hex.ts";
import { TCP_PEERS, TLS_PEERS } from "../../support/protocol_peers.ts";
import { fromLatin1, latin1, type Script } from "../../support/scripted_peer.ts";
import { fakeNetwork, type FakePeer } from "../fake_network.ts";
import { entryFor, type FuzzTarget, requireText, splitHeader, withHeader } from "../target.ts";

/** Between two parts of an answer: no valid text has these bytes. */
const SEPARATOR = Uint8Array.of(0xf5, 0xf5);

const TARGET = { address: parseIpAddress("127.0.0.1"), port: 8080 };

/** A check, and an answer that it accepts, in parts. */
interface Case {
  readonly check: SimpleCheck;
  readonly parts: readonly string[];
  readonly fit?: FakePeer["fit"];
}

const PLAIN = { startTls: false, tls: DEFAULT_TLS } as const;
const STARTTLS = { startTls: true, tls: DEFAULT_TLS } as const;
const LOGIN = { user: "joe", password: "sec ret" } as const;

/** Copies bytes of the request into an answer that is long enough. */
function copy(
  part: Uint8Array,
  request: Uint8Array,
  ...[from, to, length]: readonly [from: number, to: number, length: number]
): Uint8Array {
  const fitted = part.slice();
  if (fitted.length >= to + length && request.length >= from + length) {
    fitted.set(request.subarray(from, from + length), to);
  }
  return fitted;
}

/** Signs an answer of RADIUS. */
function signed(part: Uint8Array, request: Uint8Array): Uint8Array {
  const answer = copy(part, request, 1, 1, 1);
  const length = (answer[2] ?? 0) * 256 + (answer[3] ?? 0);
  if (answer.length < 20 || length < 20 || length > answer.length) return answer;
  const [head, attributes] = [answer.subarray(0, 4), answer.subarray(20, length)];
  answer.set(md5(joined(head, request.subarray(4, 20), attributes, fromLatin1("s3cret"))), 4);
  return answer;
}

/** Replaces a placeholder with a part of the request. */
function withWord(placeholder: string, pattern: RegExp): NonNullable<Case["fit"]> {
  return (part, request) => {
    const word = pattern.exec(latin1(request))?.[1];
    return word === undefined ? part : fromLatin1(latin1(part).replace(placeholder, word));
  };
}

/** A message of PostgreSQL that continues a login by SCRAM. */
function scram(kind: number, text: string): string {
  const length = text.length + 8;
  return `R\0\0${String.fromCharCode(length >> 8, length & 255)}\0\0\0${String.fromCharCode(kind)}${text}`;
}

const DNS: SimpleCheck = {
  type: "dns",
  transport: "udp",
  query: "example.org",
  recordType: "MX",
  recursion: true,
  expect: { rcode: "NOERROR", answer: "10 mail.example.org.", regex: "^10" },
};

const DNS_ANSWER = latin1(fromHex(
  "0000 8180 0001 0001 0000 0000 076578616d706c65 036f7267 00 000f 0001 c00c 000f 0001 0000003c 0009 000a 046d61696c c00c",
));

const NTP_ANSWER = latin1(fromHex(`240203e8 00000000 00000000 7f000001 ${"00000000".repeat(12)}`).subarray(0, 48));

/** Cases that no peer of the unit tests has. */
const CASES: Readonly<Record<string, Case>> = {
  "udp": { check: { type: "udp", send: "ping", expect: { text: "pong" } }, parts: ["pong"] },
  "udp without an answer": { check: { type: "udp" }, parts: ["x"] },
  "dns": { check: DNS, parts: [DNS_ANSWER], fit: (part, request) => copy(part, request, 0, 0, 2) },
  "ntp": {
    check: { type: "ntp", maxStratum: 3 },
    parts: [NTP_ANSWER],
    fit: (part, request) => copy(part, request, 40, 24, 8),
  },
  "radius": {
    check: { type: "radius", secret: "s3cret", login: LOGIN },
    parts: [`\x02\0\0\x19${"\0".repeat(16)}\x12\x05hi!`],
    fit: signed,
  },
  "sip": {
    check: { type: "sip", transport: "udp", status: [[200, 200]], tls: DEFAULT_TLS },
    parts: ["SIP/2.0 100 Trying\r\n\r\n", "SIP/2.0 200 OK\r\nCall-ID: CALLID\r\nContent-Length: 0\r\n\r\n"],
    fit: withWord("CALLID", /^Call-ID: (\S+)/m),
  },
  "ping": {
    check: { type: "ping" },
    parts: [`E${"\0".repeat(19)}\0\0\0\0${"\0".repeat(20)}`],
    fit: (part, request) => copy(part, request, 4, 24, 20),
  },
  "postgresql with scram": {
    check: { type: "postgresql", ...PLAIN, login: LOGIN, query: "SELECT 1" },
    parts: [
      scram(10, "SCRAM-SHA-256\0\0"),
      scram(11, "r=NONCEabc,s=QSXCR+Q6sek8bf92,i=1"),
      scram(12, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ],
    fit: (part, request) => {
      const fitted = withWord("NONCE", /r=([^,]+)/)(part, request);
      if (fitted.length !== part.length) new DataView(fitted.buffer).setUint32(1, fitted.length - 1);
      return fitted;
    },
  },
  "http with redirects": {
    check: {
      type: "http",
      method: "GET",
      path: "/",
      version: "1.1",
      headers: [],
      redirects: 3,
      proxy: false,
      expect: {
        status: [[200, 299]],
        body: "ok",
        digest: { algorithm: "md5", value: "444bcb3a3fcf8389296c49467f27e1d6" },
      },
      tls: DEFAULT_TLS,
    },
    parts: [
      "HTTP/1.1 302 Found\r\nLocation: /b?c#d\r\nContent-Length: 3\r\n\r\nabc",
      "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:8080/x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\no\r\n1\r\nk\r\n0\r\nA: b\r\n\r\n",
    ],
  },
  "smtp with starttls": {
    check: { type: "submission", helo: "lb", ...STARTTLS },
    parts: ["220 hi\r\n", "250-hi\r\n250 STARTTLS\r\n", "220 go\r\n", "250 hi\r\n", "221 bye\r\n"],
  },
  "imap with starttls": {
    check: { type: "imap", ...STARTTLS, login: LOGIN },
    parts: ["* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", "s OK go\r\n", "l OK in\r\n", "q OK bye\r\n"],
  },
  "pop3 with starttls": {
    check: { type: "pop3", ...STARTTLS, login: LOGIN },
    parts: ["+OK hi\r\n", "+OK go\r\n", "+OK\r\n", "+OK in\r\n"],
  },
  "ftp with starttls": { check: { type: "ftp", ...STARTTLS }, parts: ["220 hi\r\n", "234 go\r\n", "221 bye\r\n"] },
  "nntp with starttls": { check: { type: "nntp", ...STARTTLS }, parts: ["200 hi\r\n", "382 go\r\n", "205 bye\r\n"] },
  "ldap with starttls": {
    check: { type: "ldap", ...STARTTLS },
    parts: ["0\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0", "0\x0c\x02\x01\x02\x61\x07\x0a\x01\0\x04\0\x04\0"],
  },
  "mysql with starttls": {
    check: { type: "mysql", ...STARTTLS, login: LOGIN },
    parts: [
      latin1(fromHex("4a0000000a")) + `8.0.36\0\x01\0\0\0abcdefgh\0\0\x8a\x2d\x02\0\x08\0\x15${"\0".repeat(10)}` +
      "ijklmnopqrst\0caching_sha2_password\0",
      "\x02\0\0\x04\x01\x03",
      "\x07\0\0\x05\0\0\0\x02\0\0\0",
    ],
  },
  "postgresql with starttls": {
    check: { type: "postgresql", ...STARTTLS, login: LOGIN },
    parts: ["S", "R\0\0\0\x08\0\0\0\x03", "R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"],
  },
  "redis with a role": {
    check: { type: "redis", role: "master", tls: DEFAULT_TLS },
    parts: ["+PONG\r\n", "*3\r\n$6\r\nmaster\r\n:3129659\r\n*1\r\n*3\r\n$9\r\n127.0.0.1\r\n$4\r\n9001\r\n$1\r\n1\r\n"],
  },
};

/** The cases of the unit tests' peers; answers that depend on the request get an example. */
function peerCases(): Readonly<Record<string, Case>> {
  return Object.fromEntries([...TCP_PEERS, ...TLS_PEERS].map(({ name, check, script }) => {
    const isDns = check.type === "dns";
    const fit: Case["fit"] = isDns ? (part, request) => copy(part, request, 2, 2, 2) : undefined;
    return [name, { check: withoutFiles(check), parts: partsOf(script), ...(fit === undefined ? {} : { fit }) }];
  }));
}

/** The check without files of certificates, which the network in memory does not read. */
function withoutFiles(check: SimpleCheck): SimpleCheck {
  return "tls" in check ? { ...check, tls: DEFAULT_TLS } : check;
}

function partsOf({ greeting, turns = [] }: Script): readonly string[] {
  const example = Object.assign(["", "00"], { index: 0, input: "", 0: "" as const });
  const answers = turns.map(([, answer]) => typeof answer === "string" ? answer : answer(example));
  return greeting === undefined ? answers : [greeting, ...answers];
}

function joinParts(parts: readonly string[]): Uint8Array {
  return fromLatin1(parts.join(latin1(SEPARATOR)));
}

function splitParts(body: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at + 1 < body.length; at++) {
    if (body[at] !== SEPARATOR[0] || body[at + 1] !== SEPARATOR[1]) continue;
    parts.push(body.subarray(start, at));
    start = at + 2;
    at++;
  }
  return [...parts, body.subarray(start)];
}

/** The probers: nothing that a server sends makes one throw, and each result is one line of text. */
export function probers(): FuzzTarget {
  const cases: Readonly<Record<string, Case>> = { ...peerCases(), ...CASES };
  return {
    name: "probers",
    seeds: Object.entries(cases).map(([name, { parts }]) => withHeader(name, joinParts(parts))),
    words: [
      "\r\n",
      "\r\n\r\n",
      "HTTP/1.1 ",
      "Content-Length: ",
      "Transfer-Encoding: chunked\r\n",
      "Content-Encoding: gzip\r\n",
      "Location: ",
      "220 ",
      "250-",
      "* OK ",
      "-ERR ",
      "+OK ",
      "$-1\r\n",
      "*1000000000\r\n",
      "\x30\x84\xff\xff\xff\xff",
      "\u00f5\u00f5",
      "i=4294967295",
      "i=100000000",
      "ffffffff\r\n",
      '{"a":',
      "[[[[[[",
      ...Object.keys(cases),
    ],
    maxBytes: 64 * 1024,
    run: async (input) => {
      const { header, body } = splitHeader(input);
      const { check, fit } = entryFor(cases, header);
      const network = fakeNetwork({ parts: splitParts(body), fit });
      // A mark keeps the prober from Deno's own sockets.
      const full: Check = { ...check, ...DEFAULT_TIMING, mark: 1 };
      const result = await probe(TARGET, full, { network });
      if (!result.ok) return requireText(result.reason, "the reason");
      requireText(result.detail, "the detail");
      requireText(result.warning ?? "", "the warning");
    },
  };
}
