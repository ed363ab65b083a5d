import { DEFAULT_TIMING, HTTP_METHODS } from "../../model/mod.ts";
import {
  ADDRESS,
  BYTES,
  DIGEST,
  HEADER,
  JSON_PATH,
  JSON_VALUE,
  LINE,
  PATH,
  REGEX,
  SIP_URI,
  SOME_TEXT,
  VARIABLE,
} from "./check_values.ts";
import { MARK, PORT } from "./limits.ts";
import { mapping, optional, orNone, required, shorthand, withDefault } from "./mapping.ts";
import { oneOrMany } from "./structures.ts";
import { boolean, choice, duration, integer, text } from "./types.ts";
import { kernelName, STATUS } from "./value_types.ts";

// The keys of checks, and of what else speaks to servers: see check_schema.ts.

const COUNT = { min: 1, max: 1000 };
/** The longest time of most settings. */
export const DAY_MS = 86_400_000;
export const YEAR_MS = 366 * DAY_MS;

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

/** How TLS is spoken, as a key. */
export const TLS_FIELD = optional(TLS, { doc: "How TLS is spoken" });

export const START_TLS_FIELDS = {
  "start_tls": withDefault(boolean(), { value: false, doc: "Goes over to TLS after the greeting" }),
  tls: TLS_FIELD,
};

/** Who logs in. */
export const LOGIN = mapping("login", {
  user: required(LINE, { doc: "Name of the user" }),
  password: required(LINE, { doc: "Password" }),
});

export const LOGIN_FIELD = optional(LOGIN, { doc: "Who logs in; nobody where it is not written" });

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

export const EXCHANGE_FIELDS = {
  send: optional(BYTES, { doc: "Bytes to send: text with \\r, \\n, \\t, \\0, \\\\ and \\xHH" }),
  expect: optional(EXPECT_BYTES, { doc: "What has to come; a regular expression sees each byte as a character" }),
};

/** A value in a JSON body. */
export const EXPECT_JSON = mapping("json", {
  path: required(JSON_PATH, { doc: "Where it is" }),
  equals: required(JSON_VALUE, { doc: "What has to be there: text, a number, true, false or null" }),
});

export const STATUS_FIELD = optional(oneOrMany(STATUS), {
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

/** What is asked of a web server. */
export const HTTP_REQUEST_FIELDS = {
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
};

export const HTTP_FIELDS = {
  ...HTTP_REQUEST_FIELDS,
  expect: optional(EXPECT, { doc: "What the answer has to be" }),
};

export const SMTP_FIELDS = {
  helo: withDefault(text("a host name", (name) => /^[\x21-\x7e]+$/.test(name)), {
    value: "localhost",
    doc: "Name to greet with",
  }),
  login: LOGIN_FIELD,
};

export const NNTP_FIELDS = {
  login: LOGIN_FIELD,
  group: optional(text("the name of a group", (name) => /^[\x21-\x7e]{1,200}$/.test(name)), {
    doc: "Group that has to be there",
  }),
};

export const FTP_FIELDS = {
  login: LOGIN_FIELD,
  file: optional(LINE, { doc: "File that has to be there; needs a login" }),
};

export const LDAP_FIELDS = {
  login: optional(LOGIN, { doc: "Who binds: user is a distinguished name; anonymous where it is not written" }),
  base: optional(text("a distinguished name", () => true), {
    doc: 'Entry that has to be there; "" is that of the server itself',
  }),
};

export const SIP_FIELDS = {
  uri: optional(SIP_URI, { doc: "What is asked about; the server where it is not written" }),
  status: STATUS_FIELD,
};

export const SQL_FIELDS = {
  login: LOGIN_FIELD,
  database: optional(LINE, { doc: "Database to use; needs a login" }),
  query: optional(SOME_TEXT, { doc: "Query that has to succeed; needs a login" }),
  expect: optional(EXPECT_TEXT, { doc: "What the first column of the first row has to be" }),
  ...START_TLS_FIELDS,
};

export const REDIS_FIELDS = {
  login: optional(
    mapping("login", {
      user: optional(LINE, { doc: "Name of the user; the default user where it is not written" }),
      password: required(LINE, { doc: "Password" }),
    }),
    { doc: "Who logs in; nobody where it is not written" },
  ),
  role: optional(choice(["master", "replica"]), { doc: "What the server has to be" }),
};

export const GRPC_FIELDS = {
  service: optional(text("the name of a gRPC service", (name) => /^[\x21-\x7e]{1,100}$/.test(name)), {
    doc: "Name of the gRPC service that has to serve; the server as a whole where it is not written",
  }),
  authority: optional(text("a host name", (host) => /^[\x21-\x7e]+$/.test(host)), {
    doc: "The authority that is asked; address and port by default",
  }),
};

export const WAY_FIELDS = {
  address: optional(ADDRESS, { doc: "Address to probe; the server's own where it is not written" }),
  source: optional(ADDRESS, { doc: "Address that the probe comes from" }),
  interface: optional(kernelName(), { doc: "Network interface that the probe leaves by" }),
  mark: optional(integer(MARK), { doc: "Firewall mark of the probe's packets" }),
};

const PORT_FIELD = optional(integer(PORT), { doc: "Port to probe; the server's own where it is not written" });

/** By what way a server is reached, and at which port. */
export const PATH_FIELDS = { port: PORT_FIELD, ...WAY_FIELDS };

/** What keeps a server out that comes and goes. */
export const FLAP_DAMPING = mapping("flap_damping", {
  changes: required(integer({ min: 2, max: 100 }), { doc: "How often a server has to have become unhealthy" }),
  within: required(duration("milliseconds", { min: 1000, max: DAY_MS }), {
    doc: "How long ago the first of these may be",
  }),
  hold: required(duration("milliseconds", { min: 1000, max: DAY_MS }), {
    doc: "How long such a server has to pass without a failure to be healthy again",
  }),
});

export const TIMING_FIELDS = {
  interval: withDefault(duration("milliseconds", { min: 10, max: DAY_MS }), {
    value: DEFAULT_TIMING.intervalMs,
    written: "2s",
    doc: "From the start of one probe to the start of the next",
  }),
  timeout: optional(duration("milliseconds", { min: 1, max: DAY_MS }), {
    doc: "Deadline of a probe; 1s by default, or the shorter of the intervals if that is less",
  }),
  rise: withDefault(integer(COUNT), {
    value: DEFAULT_TIMING.rise,
    doc: "Successes in a row that make a server healthy",
  }),
  fall: withDefault(integer(COUNT), { value: DEFAULT_TIMING.fall, doc: "Failures in a row that make it unhealthy" }),
  "unhealthy_interval": optional(duration("milliseconds", { min: 10, max: DAY_MS }), {
    doc: "As interval, while the server is unhealthy; interval where it is not written",
  }),
  "retry_delay": optional(duration("milliseconds", { min: 10, max: DAY_MS }), {
    doc: "From the start of a probe that ended otherwise than the last ones to the start of the next, until rise or " +
      "fall decide; interval where it is not written",
  }),
  warmup: optional(duration("milliseconds", { min: 0, max: DAY_MS }), {
    doc: "The first probe comes at a random moment within this; the interval by default, at most 1s",
  }),
  "flap_damping": optional(orNone(FLAP_DAMPING), { doc: "What keeps a server out that comes and goes" }),
};

/** A program that is run on this machine. */
export const COMMAND_FIELDS = {
  command: required(oneOrMany(text("a program or an argument", (word) => !word.includes("\0"))), {
    doc: "Program, an absolute path, and its arguments",
  }),
  environment: optional(oneOrMany(VARIABLE), { doc: "Further variables of its environment" }),
};
