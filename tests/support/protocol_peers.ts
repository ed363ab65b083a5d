// deno-lint-ignore-file no-control-regex -- binary protocols
/**
 * A healthy server of each protocol, as a script of the part of its protocol that a probe sees.
 *
 * @module
 */

import { DEFAULT_HTTP, DEFAULT_TLS, type SimpleCheck } from "../../core/model/mod.ts";
import { fromHex } from "./hex.ts";
import { latin1, type Script } from "./scripted_peer.ts";
import { tlsFile } from "./tls.ts";

/** A check, a server that passes it, and the detail of the result. */
export interface Peer {
  /** Name for tests. */
  readonly name: string;
  /** The check. */
  readonly check: SimpleCheck;
  /** The server. */
  readonly script: Script;
  /** Detail of the result. */
  readonly detail: string;
}

const PLAIN = { startTls: false, tls: DEFAULT_TLS } as const;
const TLS = { verify: true, ca: tlsFile("ca.pem") } as const;
const LOGIN = { user: "joe", password: "sec ret" } as const;

function hex(digits: string): string {
  return latin1(fromHex(digits));
}

function packet(sequence: number, body: string): string {
  return String.fromCharCode(body.length & 255, body.length >> 8, 0, sequence) + body;
}

const MYSQL_GREETING = packet(
  0,
  `\x0a8.0.36\0${hex("01000000")}abcdefgh\0${hex("0082 2d 0200 0800 15 00000000000000000000")}ijklmnopqrst\0` +
    "mysql_native_password\0",
);
const MYSQL_OK = hex("00000002000000");
const MYSQL_EOF = hex("fe00000200");

/** A message of PostgreSQL. */
function message(type: string, body: string): string {
  return `${type}\0\0${String.fromCharCode((body.length + 4) >> 8, (body.length + 4) & 255)}${body}`;
}

/** The protocols over TCP. */
export const TCP_PEERS: readonly Peer[] = [
  {
    name: "tcp with an answer",
    check: { type: "tcp", send: "ping\r\n", expect: { text: "pong", regex: "^[a-z ]+\r\n$", notRegex: "error" } },
    script: { turns: [[/^ping\r\n/, "all pong\r\n"]] },
    detail: 'answer "all pong"',
  },
  {
    name: "http",
    check: {
      ...DEFAULT_HTTP,
      method: "POST",
      body: '{"a":1}',
      expect: { status: [[200, 200]], json: [{ path: "$.a[0].b", equals: "c" }], regex: "b.*c" },
    },
    script: {
      turns: [[/Content-Length: 7\r\n\r\n{"a":1}/, 'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"a":[{"b":"c"}]}']],
    },
    detail: "status 200, body as expected",
  },
  {
    name: "smtp",
    check: { type: "smtp", helo: "lb.example", ...PLAIN, login: LOGIN },
    script: {
      greeting: "220-mail.example ESMTP\r\n220 please wait\r\n",
      turns: [
        [/^EHLO lb\.example\r\n/, "250-mail.example\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN\r\n"],
        [/^AUTH PLAIN AGpvZQBzZWMgcmV0\r\n/, "235 2.7.0 Welcome\r\n"],
        [/^QUIT\r\n/, "221 Bye\r\n"],
      ],
    },
    detail: "250 mail.example",
  },
  {
    name: "smtp without EHLO",
    check: { type: "smtp", helo: "lb.example", ...PLAIN },
    script: {
      greeting: "220 old\r\n",
      turns: [[/^EHLO .*\r\n/, "502 what?\r\n"], [/^HELO lb\.example\r\n/, "250 hello\r\n"]],
    },
    detail: "250 hello",
  },
  {
    name: "pop3",
    check: { type: "pop3", ...PLAIN, login: LOGIN },
    script: {
      greeting: "+OK ready\r\n",
      turns: [[/^USER joe\r\n/, "+OK\r\n"], [/^PASS sec ret\r\n/, "+OK Logged in.\r\n"], [/^QUIT\r\n/, "+OK\r\n"]],
    },
    detail: "+OK Logged in.",
  },
  {
    name: "imap",
    check: { type: "imap", ...PLAIN, login: { user: 'j"oe', password: "a\\b" } },
    script: {
      greeting: "* OK [CAPABILITY IMAP4rev1] ready\r\n",
      turns: [
        [/^l LOGIN "j\\"oe" "a\\\\b"\r\n/, "* CAPABILITY IMAP4rev1\r\nl OK Logged in\r\n"],
        [/^q LOGOUT\r\n/, "* BYE\r\nq OK\r\n"],
      ],
    },
    detail: "OK Logged in",
  },
  {
    name: "ftp",
    check: { type: "ftp", ...PLAIN, login: LOGIN, file: "pub/a b" },
    script: {
      greeting: "220-Welcome\r\n to the server\r\n220 here\r\n",
      turns: [
        [/^USER joe\r\n/, "331 password?\r\n"],
        [/^PASS sec ret\r\n/, "230 in\r\n"],
        [/^TYPE I\r\n/, "200 ok\r\n"],
        [/^SIZE pub\/a b\r\n/, "213 42\r\n"],
        [/^QUIT\r\n/, "221 bye\r\n"],
      ],
    },
    detail: "213 42",
  },
  {
    name: "nntp",
    check: { type: "nntp", ...PLAIN, login: LOGIN, group: "de.test" },
    script: {
      greeting: "200 news\r\n",
      turns: [
        [/^AUTHINFO USER joe\r\n/, "381 more\r\n"],
        [/^AUTHINFO PASS sec ret\r\n/, "281 in\r\n"],
        [/^MODE READER\r\n/, "500 what?\r\n"],
        [/^GROUP de\.test\r\n/, "211 3 1 3 de.test\r\n"],
        [/^QUIT\r\n/, "205 bye\r\n"],
      ],
    },
    detail: "211 3 1 3 de.test",
  },
  {
    name: "ldap",
    check: { type: "ldap", ...PLAIN, login: { user: "cn=a", password: "p" }, base: "dc=b" },
    script: {
      turns: [
        [/^\x30\x11\x02\x01\x01\x60\x0c\x02\x01\x03\x04\x04cn=a\x80\x01p/, hex("300c 020101 6107 0a0100 0400 0400")],
        [
          /^\x30.\x02\x01\x02\x63.\x04\x04dc=b[^]*objectClass[^]*1\.1/,
          hex("300d 020102 6408 0404 64633d62 3000") + hex("300c 020102 6507 0a0100 0400 0400"),
        ],
      ],
    },
    detail: "bound, entry found",
  },
  {
    name: "dns over TCP",
    check: {
      type: "dns",
      transport: "tcp",
      query: "www.example.org",
      recordType: "A",
      recursion: true,
      expect: { rcode: "NOERROR", answer: "192.0.2.1", regex: "^192" },
    },
    script: {
      turns: [[
        /^\x00\x21(..)\x01\x00\x00\x01\x00{6}\x03www\x07example\x03org\x00\x00\x01\x00\x01/s,
        ([, id]) =>
          hex("0031") + id + hex("8180 0001 0001 0000 0000") + "\x03www\x07example\x03org" +
          hex("00 0001 0001 c00c 0001 0001 0000003c 0004 c0000201"),
      ]],
    },
    detail: "192.0.2.1",
  },
  {
    name: "sip over TCP",
    check: { type: "sip", transport: "tcp", status: [[200, 299]], tls: DEFAULT_TLS },
    script: {
      turns: [[
        /^OPTIONS sip:127\.0\.0\.1:\d+ SIP\/2\.0\r\n[^]*\r\n\r\n/,
        "SIP/2.0 100 Trying\r\n\r\nSIP/2.0 200 OK\r\n\r\n",
      ]],
    },
    detail: "status 200",
  },
  {
    name: "rtsp",
    check: { type: "rtsp", path: "/live", status: [[200, 200]] },
    script: {
      turns: [[
        /^OPTIONS rtsp:\/\/127\.0\.0\.1:\d+\/live RTSP\/1\.0\r\nCSeq: 1\r\n[^]*\r\n\r\n/,
        "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n",
      ]],
    },
    detail: "status 200",
  },
  {
    name: "mysql without a login",
    check: { type: "mysql", ...PLAIN },
    script: { greeting: MYSQL_GREETING },
    detail: "version 8.0.36",
  },
  {
    name: "mysql",
    check: { type: "mysql", ...PLAIN, login: LOGIN, database: "d", query: "SELECT 1", expect: { text: "1" } },
    script: {
      greeting: MYSQL_GREETING,
      turns: [
        [/^[^]{3}\x01[^]{32}joe\x00\x14[^]{20}d\x00mysql_native_password\x00/, packet(2, MYSQL_OK)],
        [
          /^\x09\x00\x00\x00\x03SELECT 1/,
          packet(1, "\x01") + packet(2, "\x03def") + packet(3, MYSQL_EOF) + packet(4, "\x011") + packet(5, MYSQL_EOF),
        ],
      ],
    },
    detail: 'version 8.0.36, query gave "1"',
  },
  {
    name: "postgresql without a login",
    check: { type: "postgresql", ...PLAIN },
    script: { turns: [[/^[^]{4}\0\x03\0\0user\0lvsctl\0/, message("R", hex("0000000a") + "SCRAM-SHA-256\0\0")]] },
    detail: "asks for a login",
  },
  {
    name: "postgresql",
    check: { type: "postgresql", ...PLAIN, login: LOGIN, database: "d", query: "SELECT 1", expect: { regex: "^1$" } },
    script: {
      turns: [
        [/^[^]{4}\0\x03\0\0user\0joe\0[^]*database\0d\0\0/, message("R", `${hex("00000005")}salt`)],
        [
          /^p\0\0\0\x28md5[0-9a-f]{32}\0/,
          message("R", hex("00000000")) + message("S", "a\0b\0") + message("Z", "I"),
        ],
        [/^Q\0\0\0\x0dSELECT 1\0/, message("T", "x") + message("D", hex("0001 00000001 31")) + message("Z", "I")],
      ],
    },
    detail: 'logged in, query gave "1"',
  },
  {
    name: "redis",
    check: { type: "redis", login: LOGIN, role: "replica", tls: DEFAULT_TLS },
    script: {
      turns: [
        [/^\*3\r\n\$4\r\nAUTH\r\n\$3\r\njoe\r\n\$7\r\nsec ret\r\n/, "+OK\r\n"],
        [/^\*1\r\n\$4\r\nPING\r\n/, "+PONG\r\n"],
        [/^\*1\r\n\$4\r\nROLE\r\n/, "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:1\r\n"],
      ],
    },
    detail: "PONG, is a replica",
  },
  {
    name: "grpc",
    check: { type: "grpc", serviceName: "a.B", tls: DEFAULT_TLS },
    script: {
      turns: [[
        /^PRI \* HTTP\/2\.0\r\n\r\nSM\r\n\r\n[^]*\/grpc\.health\.v1\.Health\/Check[^]*\x0a\x03a\.B/,
        // Settings, headers (200), the message, trailers with a grpc-status of 0 in Huffman's code.
        hex("000000 04 00 00000000") + hex("000001 01 04 00000001 88") + hex("000007 00 00 00000001 00 00000002 0801") +
        hex("00000c 01 05 00000001 40 08 9acac8b21234da8f 01 30"),
      ]],
    },
    detail: "SERVING",
  },
];

/** The protocols over TLS, starting with the first byte. */
export const TLS_PEERS: readonly Peer[] = [
  { name: "tls", check: { type: "tls", tls: TLS }, script: {}, detail: "TLS established" },
  {
    name: "tls with an answer",
    check: { type: "tls", tls: TLS, send: "\x00\xff", expect: { text: "ok" } },
    script: { turns: [[/^\x00\xff/, "ok"]] },
    detail: 'answer "ok"',
  },
  {
    name: "https",
    check: { ...DEFAULT_HTTP, type: "https", tls: TLS },
    script: { turns: [[/\r\n\r\n/, "HTTP/1.1 200 OK\r\n\r\n"]] },
    detail: "status 200",
  },
  {
    name: "smtps",
    check: { type: "smtps", helo: "a", startTls: false, tls: TLS },
    script: { greeting: "220 hi\r\n", turns: [[/EHLO a\r\n/, "250 hi\r\n"]] },
    detail: "250 hi",
  },
  {
    name: "imaps",
    check: { type: "imaps", startTls: false, tls: TLS },
    script: { greeting: "* OK hi\r\n" },
    detail: "* OK hi",
  },
  {
    name: "pop3s",
    check: { type: "pop3s", startTls: false, tls: TLS },
    script: { greeting: "+OK hi\r\n" },
    detail: "+OK hi",
  },
  {
    name: "ftps",
    check: { type: "ftps", startTls: false, tls: TLS },
    script: { greeting: "220 hi\r\n" },
    detail: "220 hi",
  },
  {
    name: "nntps",
    check: { type: "nntps", startTls: false, tls: TLS },
    script: { greeting: "201 hi\r\n" },
    detail: "201 hi",
  },
  {
    name: "ldaps",
    check: { type: "ldaps", startTls: false, tls: TLS },
    script: { turns: [[/^\x30[^]*\x80\x00/, hex("300c 020101 6107 0a0100 0400 0400")]] },
    detail: "anonymous bind",
  },
  {
    name: "rediss",
    check: { type: "rediss", tls: TLS },
    script: { turns: [[/PING\r\n/, "+PONG\r\n"]] },
    detail: "PONG",
  },
  {
    name: "sips",
    check: { type: "sips", transport: "tcp", status: [[200, 200]], tls: TLS },
    script: { turns: [[/\r\n\r\n/, "SIP/2.0 200 OK\r\n\r\n"]] },
    detail: "status 200",
  },
  {
    name: "grpcs",
    check: { type: "grpcs", serviceName: "", tls: TLS },
    script: {
      turns: [[
        /^PRI [^]*\/Check/,
        hex("000000 04 00 00000000 000001 01 04 00000001 88 000007 00 00 00000001 00 00000002 0801") +
        hex("00000f 01 05 00000001 00 0b 677270632d737461747573 01 30"),
      ]],
    },
    detail: "SERVING",
  },
];
