import { DEFAULT_TIMING, DNS_RCODES, EXIT_STATUS_MEANINGS, HTTP_METHODS } from "../model/mod.ts";
import {
  ADDRESS,
  BYTES,
  DIGEST,
  DOMAIN_NAME,
  HEADER,
  JSON_PATH,
  JSON_VALUE,
  LINE,
  PATH,
  RECORD_TYPE,
  REGEX,
  SIP_URI,
  SOME_TEXT,
  VARIABLE,
} from "./check_values.ts";
import { MARK, PORT } from "./limits.ts";
import {
  type Field,
  type Fields,
  mapping,
  optional,
  required,
  type Section,
  shorthand,
  withDefault,
} from "./mapping.ts";
import { oneOrMany } from "./structures.ts";
import { boolean, choice, duration, integer, text, type Type } from "./types.ts";
import { kernelName, STATUS } from "./value_types.ts";
import { variants } from "./variants.ts";

// The part of the file's declaration that is about checks: see schema.ts.

const COUNT = { min: 1, max: 1000 };
const DAY_MS = 86_400_000;
const YEAR_MS = 366 * DAY_MS;

/** How a check speaks TLS. */
export const TLS = mapping("tls", {
  verify: withDefault(boolean(), { value: true, doc: "Whether the certificate has to be valid, for the name too" }),
  server_name: optional(LINE, { doc: "Name sent as SNI and looked for in the certificate; the address by default" }),
  ca: optional(PATH, { doc: "PEM file with the authorities to trust; those of the system by default" }),
  certificate: optional(PATH, { doc: "PEM file with a client certificate" }),
  key: optional(PATH, { doc: "PEM file with its key; in the same file by default" }),
  warn_expiry: optional(duration("milliseconds", { min: 1000, max: 10 * YEAR_MS }), {
    doc: "How long before it expires a certificate is warned of",
  }),
});

const TLS_FIELD = optional(TLS, { doc: "How TLS is spoken" });

const START_TLS_FIELDS = {
  "start_tls": withDefault(boolean(), { value: false, doc: "Goes over to TLS after the greeting" }),
  tls: TLS_FIELD,
};

/** Who logs in. */
export const LOGIN = mapping("login", {
  user: required(LINE, { doc: "Name of the user" }),
  password: required(LINE, { doc: "Password" }),
});

const LOGIN_FIELD = optional(LOGIN, { doc: "Who logs in; nobody where it is not written" });

const REGEX_FIELDS = {
  regex: optional(REGEX, { doc: "Regular expression that has to match" }),
  "not_regex": optional(REGEX, { doc: "Regular expression that must not match" }),
};

/** What a text has to be. */
export const EXPECT_TEXT = shorthand(
  mapping("expect", { text: optional(SOME_TEXT, { doc: "Text that has to be there" }), ...REGEX_FIELDS }),
  "text",
);

/** What bytes have to be. */
export const EXPECT_BYTES = shorthand(
  mapping("expect", {
    text: optional(BYTES, { doc: "Bytes that have to come, written as those of send" }),
    ...REGEX_FIELDS,
  }),
  "text",
);

const EXCHANGE_FIELDS = {
  send: optional(BYTES, { doc: "Bytes to send: text with \\r, \\n, \\t, \\0, \\\\ and \\xHH" }),
  expect: optional(EXPECT_BYTES, { doc: "What has to come; a regular expression sees each byte as a character" }),
};

/** A value in a JSON body. */
export const EXPECT_JSON = mapping("json", {
  path: required(JSON_PATH, { doc: "Where it is" }),
  equals: required(JSON_VALUE, { doc: "What has to be there: text, a number, true, false or null" }),
});

const STATUS_FIELD = optional(oneOrMany(STATUS), {
  doc: "Accepted statuses and ranges of them; 200-299 by default",
});

/** What the answer to an HTTP check has to be. */
export const EXPECT = mapping("expect", {
  status: STATUS_FIELD,
  body: optional(SOME_TEXT, { doc: "Text that the body has to contain" }),
  ...REGEX_FIELDS,
  digest: optional(DIGEST, { doc: "Digest of the body: md5, sha1, sha256, sha384 or sha512" }),
  json: optional(oneOrMany(EXPECT_JSON), { doc: "Values that the body has to have as JSON" }),
  max_latency: optional(duration("milliseconds", { min: 1, max: DAY_MS }), {
    doc: "The longest that the answer may take; more is a failure",
  }),
});

const HTTP_FIELDS = {
  method: withDefault(choice(HTTP_METHODS), { value: "GET", doc: "The method" }),
  path: withDefault(
    text("text that starts with a slash and has no blanks", (path) => /^\/[\x21-\x7e]*$/.test(path)),
    { value: "/", doc: "Path and query" },
  ),
  version: withDefault(choice(["1.0", "1.1"]), { value: "1.1", doc: "Version of the protocol" }),
  host: optional(text("a host name", (host) => /^[\x21-\x7e]+$/.test(host)), {
    doc: "The Host header; the server's address and port where it is not written",
  }),
  headers: optional(oneOrMany(HEADER), { doc: "Further headers" }),
  body: optional(SOME_TEXT, { doc: "Body of the request" }),
  login: optional(LOGIN, { doc: "Who asks, by basic authorization" }),
  bearer: optional(text("a token", (token) => /^[A-Za-z0-9._~+/=-]+$/.test(token)), {
    doc: "Token of who asks, by bearer authorization",
  }),
  redirects: withDefault(integer({ min: 0, max: 10 }), {
    value: 0,
    doc: "How many redirects are followed, all on the same server",
  }),
  proxy: withDefault(boolean(), { value: false, doc: "Asks as of a proxy, with the whole URL" }),
  expect: optional(EXPECT, { doc: "What the answer has to be" }),
};

const SMTP_FIELDS = {
  helo: withDefault(text("a host name", (name) => /^[\x21-\x7e]+$/.test(name)), {
    value: "localhost",
    doc: "Name to greet with",
  }),
  login: LOGIN_FIELD,
};

const NNTP_FIELDS = {
  login: LOGIN_FIELD,
  group: optional(text("the name of a group", (name) => /^[\x21-\x7e]{1,200}$/.test(name)), {
    doc: "Group that has to be there",
  }),
};

const FTP_FIELDS = {
  login: LOGIN_FIELD,
  file: optional(LINE, { doc: "File that has to be there; needs a login" }),
};

const LDAP_FIELDS = {
  login: optional(LOGIN, { doc: "Who binds: user is a distinguished name; anonymous where it is not written" }),
  base: optional(text("a distinguished name", () => true), {
    doc: 'Entry that has to be there; "" is that of the server itself',
  }),
};

const SIP_FIELDS = {
  uri: optional(SIP_URI, { doc: "What is asked about; the server where it is not written" }),
  status: STATUS_FIELD,
};

const SQL_FIELDS = {
  login: LOGIN_FIELD,
  database: optional(LINE, { doc: "Database to use; needs a login" }),
  query: optional(SOME_TEXT, { doc: "Query that has to succeed; needs a login" }),
  expect: optional(EXPECT_TEXT, { doc: "What the first column of the first row has to be" }),
  ...START_TLS_FIELDS,
};

const REDIS_FIELDS = {
  login: optional(
    mapping("login", {
      user: optional(LINE, { doc: "Name of the user; the default user where it is not written" }),
      password: required(LINE, { doc: "Password" }),
    }),
    { doc: "Who logs in; nobody where it is not written" },
  ),
  role: optional(choice(["master", "replica"]), { doc: "What the server has to be" }),
};

const GRPC_FIELDS = {
  service: optional(text("the name of a gRPC service", (name) => /^[\x21-\x7e]{1,100}$/.test(name)), {
    doc: "Name of the gRPC service that has to serve; the server as a whole where it is not written",
  }),
  authority: optional(text("a host name", (host) => /^[\x21-\x7e]+$/.test(host)), {
    doc: "The authority that is asked; address and port by default",
  }),
};

const WAY_FIELDS = {
  address: optional(ADDRESS, { doc: "Address to probe; the server's own where it is not written" }),
  source: optional(ADDRESS, { doc: "Address that the probe comes from" }),
  interface: optional(kernelName(), { doc: "Network interface that the probe leaves by" }),
  mark: optional(integer(MARK), { doc: "Firewall mark of the probe's packets" }),
};

const PORT_FIELD = optional(integer(PORT), { doc: "Port to probe; the server's own where it is not written" });

const PATH_FIELDS = { port: PORT_FIELD, ...WAY_FIELDS };

const TIMING_FIELDS = {
  interval: withDefault(duration("milliseconds", { min: 10, max: DAY_MS }), {
    value: DEFAULT_TIMING.intervalMs,
    written: "2s",
    doc: "From the start of one probe to the start of the next",
  }),
  timeout: optional(duration("milliseconds", { min: 1, max: DAY_MS }), {
    doc: "Deadline of a probe; 1s by default, or the interval if that is shorter",
  }),
  rise: withDefault(integer(COUNT), {
    value: DEFAULT_TIMING.rise,
    doc: "Successes in a row that make a server healthy",
  }),
  fall: withDefault(integer(COUNT), { value: DEFAULT_TIMING.fall, doc: "Failures in a row that make it unhealthy" }),
};

/** A simple check, with what goes for checks as well as for parts of them. */
function simple<const T extends string, const F extends Fields, const M extends Fields>(
  type: T,
  fields: F,
  more: M,
): Type<Section<{ readonly type: Field<T | undefined> } & F & M>> {
  return mapping(`${type === "https" ? "an" : "a"} check of type ${type}`, {
    type: required(choice([type]), { doc: "What is probed" }),
    ...fields,
    ...more,
  });
}

/** The table of every simple type, with further keys for all of them. */
// deno-lint-ignore explicit-function-return-type -- the table is its own type
function simpleTypes<const M extends Fields>(more: M) {
  const reached = { ...PATH_FIELDS, ...more };
  const local = more;
  return {
    tcp: simple("tcp", EXCHANGE_FIELDS, reached),
    tls: simple("tls", { tls: TLS_FIELD, ...EXCHANGE_FIELDS }, reached),
    udp: simple("udp", EXCHANGE_FIELDS, reached),
    http: simple("http", HTTP_FIELDS, reached),
    https: simple("https", { ...HTTP_FIELDS, tls: TLS_FIELD }, reached),
    smtp: simple("smtp", { ...SMTP_FIELDS, ...START_TLS_FIELDS }, reached),
    smtps: simple("smtps", { ...SMTP_FIELDS, tls: TLS_FIELD }, reached),
    submission: simple("submission", { ...SMTP_FIELDS, ...START_TLS_FIELDS }, reached),
    pop3: simple("pop3", { login: LOGIN_FIELD, ...START_TLS_FIELDS }, reached),
    pop3s: simple("pop3s", { login: LOGIN_FIELD, tls: TLS_FIELD }, reached),
    imap: simple("imap", { login: LOGIN_FIELD, ...START_TLS_FIELDS }, reached),
    imaps: simple("imaps", { login: LOGIN_FIELD, tls: TLS_FIELD }, reached),
    ftp: simple("ftp", { ...FTP_FIELDS, ...START_TLS_FIELDS }, reached),
    ftps: simple("ftps", { ...FTP_FIELDS, tls: TLS_FIELD }, reached),
    nntp: simple("nntp", { ...NNTP_FIELDS, ...START_TLS_FIELDS }, reached),
    nntps: simple("nntps", { ...NNTP_FIELDS, tls: TLS_FIELD }, reached),
    ldap: simple("ldap", { ...LDAP_FIELDS, ...START_TLS_FIELDS }, reached),
    ldaps: simple("ldaps", { ...LDAP_FIELDS, tls: TLS_FIELD }, reached),
    dns: simple("dns", {
      transport: withDefault(choice(["udp", "tcp"]), { value: "udp", doc: "Carrier of the query" }),
      query: withDefault(DOMAIN_NAME, { value: ".", doc: "Name to ask for" }),
      record: withDefault(RECORD_TYPE, { value: "SOA", doc: "Type of record to ask for" }),
      recursion: withDefault(boolean(), { value: true, doc: "Whether the server is to ask others" }),
      expect: optional(
        mapping("expect", {
          rcode: withDefault(choice(DNS_RCODES), { value: "NOERROR", doc: "Response code" }),
          answer: optional(SOME_TEXT, { doc: "One of the answers, as a zone file has it" }),
          regex: optional(REGEX, { doc: "Regular expression that has to match one of the answers" }),
        }),
        { doc: "What the answer has to be" },
      ),
    }, reached),
    ntp: simple("ntp", {
      max_stratum: withDefault(integer({ min: 1, max: 15 }), { value: 15, doc: "The highest stratum that passes" }),
      max_offset: optional(duration("milliseconds", { min: 1, max: YEAR_MS }), {
        doc: "How far the server's time may be from this machine's",
      }),
    }, reached),
    radius: simple("radius", {
      secret: required(LINE, { doc: "What server and client share" }),
      login: optional(LOGIN, { doc: "Who has to be let in; Status-Server is asked where it is not written" }),
    }, reached),
    sip: simple("sip", {
      transport: withDefault(choice(["udp", "tcp"]), { value: "udp", doc: "Carrier of the request" }),
      ...SIP_FIELDS,
    }, reached),
    sips: simple("sips", { ...SIP_FIELDS, tls: TLS_FIELD }, reached),
    rtsp: simple("rtsp", {
      path: optional(text("text that starts with a slash and has no blanks", (path) => /^\/[\x21-\x7e]*$/.test(path)), {
        doc: "Path of a stream; the server itself where it is not written",
      }),
      status: STATUS_FIELD,
    }, reached),
    mysql: simple("mysql", SQL_FIELDS, reached),
    postgresql: simple("postgresql", SQL_FIELDS, reached),
    redis: simple("redis", REDIS_FIELDS, reached),
    rediss: simple("rediss", { ...REDIS_FIELDS, tls: TLS_FIELD }, reached),
    grpc: simple("grpc", GRPC_FIELDS, reached),
    grpcs: simple("grpcs", { ...GRPC_FIELDS, tls: TLS_FIELD }, reached),
    ping: simple("ping", WAY_FIELDS, local),
    exec: simple("exec", {
      command: required(oneOrMany(text("a program or an argument", (word) => !word.includes("\0"))), {
        doc: "Program, an absolute path, and its arguments",
      }),
      environment: optional(oneOrMany(VARIABLE), { doc: "Further variables of its environment" }),
      exit_status: withDefault(choice(EXIT_STATUS_MEANINGS), {
        value: "health",
        doc: "What its exit status means: 0 is up, or a weight, for which 2 to 255 stand for 0 to 253",
      }),
    }, local),
    file: simple("file", {
      path: required(PATH, { doc: "Path of the file; {address}, {port}, {service} are replaced" }),
      condition: withDefault(choice(["present", "absent", "weight"]), {
        value: "present",
        doc: "What has to be: the file is there, is not there, or holds a weight above 0",
      }),
      expect: optional(EXPECT_TEXT, { doc: "What a file that is present has to say" }),
    }, local),
  };
}

/** One of the checks that a check is composed of. */
export const PART = variants(simpleTypes({}));

const PARTS_FIELD = required(oneOrMany(PART), { doc: "The checks, all made at the same time" });

/** How servers are checked. */
export const CHECK = variants({
  ...simpleTypes(TIMING_FIELDS),
  all_of: simple("all_of", { checks: PARTS_FIELD, ...PATH_FIELDS }, TIMING_FIELDS),
  any_of: simple("any_of", { checks: PARTS_FIELD, ...PATH_FIELDS }, TIMING_FIELDS),
  k_of: simple("k_of", {
    checks: PARTS_FIELD,
    needed: required(integer({ min: 1, max: 100 }), { doc: "How many of the checks have to pass" }),
    ...PATH_FIELDS,
  }, TIMING_FIELDS),
});
