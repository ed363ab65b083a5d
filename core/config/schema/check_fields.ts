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

// The keys of checks, agents and notifications that several types have: see check_schema.ts.

const COUNT = { min: 1, max: 1000 };
/** A day, the largest value of most times; milliseconds. */
export const DAY_MS = 86_400_000;
/** A leap year; milliseconds. */
export const YEAR_MS = 366 * DAY_MS;

/** TLS settings. */
export const TLS = mapping("tls", {
  verify: withDefault(boolean(), { value: true, doc: "Verifies the server's certificate and the name in it" }),
  server_name: optional(LINE, {
    doc: "Server name for SNI and for the verification of the certificate; default: the name in host or authority, " +
      "else the server's address",
  }),
  ca: optional(PATH, { doc: "PEM file with trusted certificate authorities; default: the system's authorities" }),
  certificate: optional(PATH, { doc: "PEM file with the client certificate; default: no client certificate" }),
  key: optional(PATH, { doc: "PEM file with the key of the client certificate; default: the file of certificate" }),
  warn_expiry: optional(duration("milliseconds", { min: 1000, max: 10 * YEAR_MS }), {
    doc: "Time before a certificate expires at which a warning starts; default: no warning",
  }),
});

/** The key `tls`. */
export const TLS_FIELD = optional(TLS, {
  doc: "TLS settings; default: verify the certificate against the system's authorities",
});

/** Keys of protocols that can switch to TLS. */
export const START_TLS_FIELDS = {
  "start_tls": withDefault(boolean(), { value: false, doc: "Switches to TLS after the greeting (STARTTLS)" }),
  tls: TLS_FIELD,
};

/** A user name and a password. */
export const LOGIN = mapping("login", {
  user: required(LINE, { doc: "User name" }),
  password: required(LINE, { doc: "Password" }),
});

/** The key `login`. */
export const LOGIN_FIELD = optional(LOGIN, { doc: "User name and password for a login; default: no login" });

const REGEX_FIELDS = {
  regex: optional(REGEX, { doc: "Regular expression that must match; default: not tested" }),
  "not_regex": optional(REGEX, { doc: "Regular expression that must not match; default: not tested" }),
};

/** A required text. */
export const EXPECT_TEXT = shorthand(
  mapping("expect", {
    text: optional(SOME_TEXT, { doc: "Text that must occur; default: not tested" }),
    ...REGEX_FIELDS,
  }),
  "text",
);

/** Required bytes. */
export const EXPECT_BYTES = shorthand(
  mapping("expect", {
    text: optional(BYTES, {
      doc: "Bytes that must occur in the answer, with the escapes of send; default: not tested",
    }),
    ...REGEX_FIELDS,
  }),
  "text",
);

/** Keys of checks that send and expect bytes. */
export const EXCHANGE_FIELDS = {
  send: optional(BYTES, {
    doc: "Bytes to send: text with the escapes \\r, \\n, \\t, \\0, \\\\ and \\xHH; default: nothing",
  }),
  expect: optional(EXPECT_BYTES, {
    doc: "Required answer, where a regular expression sees each byte as one character; default: not tested",
  }),
};

/** A required value in a JSON body. */
export const EXPECT_JSON = mapping("json", {
  path: required(JSON_PATH, { doc: "Path of the value" }),
  equals: required(JSON_VALUE, { doc: "Required value: text, a number, true, false or null" }),
});

/** The key `status`. */
export const STATUS_FIELD = optional(oneOrMany(STATUS), {
  doc: "Accepted statuses and ranges of statuses; default: 200-299",
});

/** The required answer of an HTTP check. */
export const EXPECT = mapping("expect", {
  status: STATUS_FIELD,
  body: optional(SOME_TEXT, { doc: "Text that the body must contain; default: not tested" }),
  ...REGEX_FIELDS,
  digest: optional(DIGEST, {
    doc: "Required digest of the body: md5, sha1, sha256, sha384 or sha512; default: not tested",
  }),
  json: optional(oneOrMany(EXPECT_JSON), { doc: "Required values in a JSON body; default: not tested" }),
  max_latency: optional(duration("milliseconds", { min: 1, max: DAY_MS }), {
    doc: "Longest time to the end of the answer, beyond which the probe fails; default: only timeout applies",
  }),
});

/** Keys of an HTTP request. */
export const HTTP_REQUEST_FIELDS = {
  method: withDefault(choice(HTTP_METHODS), { value: "GET", doc: "HTTP method" }),
  path: withDefault(
    text("text that starts with a slash and has no blanks", (path) => /^\/[\x21-\x7e]*$/.test(path)),
    { value: "/", doc: "Path and query of the URL" },
  ),
  version: withDefault(choice(["1.0", "1.1"]), { value: "1.1", doc: "HTTP version" }),
  host: optional(text("a host name", (host) => /^[\x21-\x7e]+$/.test(host)), {
    doc: "Host header; default: the server's address and port",
  }),
  headers: optional(oneOrMany(HEADER), { doc: "Additional headers; default: none" }),
  body: optional(SOME_TEXT, { doc: "Body of the request; default: no body" }),
  login: optional(LOGIN, { doc: "User name and password for basic authorization; default: no authorization" }),
  bearer: optional(text("a token", /^[A-Za-z0-9._~+/=-]+$/), {
    doc: "Token for bearer authorization; default: no authorization",
  }),
  redirects: withDefault(integer({ min: 0, max: 10 }), {
    value: 0,
    doc: "Number of redirects to follow, all on the same server",
  }),
  proxy: withDefault(boolean(), {
    value: false,
    doc: "Sends the whole URL in the request line, as to a proxy; needs host",
  }),
};

/** Keys of an HTTP check. */
export const HTTP_FIELDS = {
  ...HTTP_REQUEST_FIELDS,
  expect: optional(EXPECT, { doc: "Required answer; default: a status from 200 to 299" }),
};

/** Keys of an SMTP check. */
export const SMTP_FIELDS = {
  helo: withDefault(text("a host name", (name) => /^[\x21-\x7e]+$/.test(name)), {
    value: "localhost",
    doc: "Host name in the EHLO command",
  }),
  login: LOGIN_FIELD,
};

/** Keys of an NNTP check. */
export const NNTP_FIELDS = {
  login: LOGIN_FIELD,
  group: optional(text("the name of a group", (name) => /^[\x21-\x7e]{1,200}$/.test(name)), {
    doc: "Newsgroup that must exist; default: not tested",
  }),
};

/** Keys of an FTP check. */
export const FTP_FIELDS = {
  login: LOGIN_FIELD,
  file: optional(LINE, { doc: "File that must exist; needs login; default: not tested" }),
};

/** Keys of an LDAP check. */
export const LDAP_FIELDS = {
  login: optional(LOGIN, { doc: "Distinguished name (user) and password for the bind; default: anonymous" }),
  base: optional(text("a distinguished name", () => true), {
    doc: 'Entry that must exist, where "" is the root entry of the server; default: not tested',
  }),
};

/** Keys of a SIP check. */
export const SIP_FIELDS = {
  uri: optional(SIP_URI, { doc: "SIP address to query; default: the server itself" }),
  status: STATUS_FIELD,
};

/** Keys of a MySQL or PostgreSQL check. */
export const SQL_FIELDS = {
  login: LOGIN_FIELD,
  database: optional(LINE, { doc: "Database to use; needs login; default: the database server's default" }),
  query: optional(SOME_TEXT, { doc: "Query that must succeed; needs login; default: no query" }),
  expect: optional(EXPECT_TEXT, {
    doc: "Required text in the first column of the first row; needs query; default: not tested",
  }),
  ...START_TLS_FIELDS,
};

/** Keys of a Redis check. */
export const REDIS_FIELDS = {
  login: optional(
    mapping("login", {
      user: optional(LINE, { doc: "User name; default: the default user" }),
      password: required(LINE, { doc: "Password" }),
    }),
    { doc: "User name and password for a login; default: no login" },
  ),
  role: optional(choice(["master", "replica"]), { doc: "Required role of the server; default: any" }),
};

/** Keys of a gRPC check. */
export const GRPC_FIELDS = {
  service: optional(text("the name of a gRPC service", (name) => /^[\x21-\x7e]{1,100}$/.test(name)), {
    doc: "Name of the gRPC service that must report SERVING; default: the server as a whole",
  }),
  authority: optional(text("a host name", (host) => /^[\x21-\x7e]+$/.test(host)), {
    doc: "Value of the :authority header; default: the server's address and port",
  }),
};

/** Keys of the path to a server, without its port. */
export const WAY_FIELDS = {
  address: optional(ADDRESS, { doc: "Address to probe; default: the server's address" }),
  source: optional(ADDRESS, { doc: "Source address of the probe; default: chosen by the kernel" }),
  interface: optional(kernelName(), { doc: "Network interface of the probe; default: chosen by the routing table" }),
  mark: optional(integer(MARK), { doc: "Firewall mark of the probe's packets; default: no mark" }),
};

const PORT_FIELD = optional(integer(PORT), { doc: "Port to probe; default: the server's port" });

/** Keys of the path to a server, with its port. */
export const PATH_FIELDS = { port: PORT_FIELD, ...WAY_FIELDS };

/** Flap damping: keeps a server that changes its state too often out of service. */
export const FLAP_DAMPING = mapping("flap_damping", {
  changes: required(integer({ min: 2, max: 100 }), {
    doc: "Number of times that the server becomes unhealthy within the period",
  }),
  within: required(duration("milliseconds", { min: 1000, max: DAY_MS }), {
    doc: "Length of the period",
  }),
  hold: required(duration("milliseconds", { min: 1000, max: DAY_MS }), {
    doc: "Time without a failure after which a damped server is healthy again",
  }),
});

/** Keys of the timing of a check. */
export const TIMING_FIELDS = {
  interval: withDefault(duration("milliseconds", { min: 10, max: DAY_MS }), {
    value: DEFAULT_TIMING.intervalMs,
    written: "2s",
    doc: "Time from the start of one probe to the start of the next, which waits for the end of the one before it",
  }),
  timeout: optional(duration("milliseconds", { min: 1, max: DAY_MS }), {
    doc: "Time limit of a probe, which may exceed interval; default: 1s, or the shorter of interval and " +
      "unhealthy_interval if that is less",
  }),
  rise: withDefault(integer(COUNT), {
    value: DEFAULT_TIMING.rise,
    doc: "Number of successes in a row that make the server healthy",
  }),
  fall: withDefault(integer(COUNT), {
    value: DEFAULT_TIMING.fall,
    doc: "Number of failures in a row that make the server unhealthy",
  }),
  "unhealthy_interval": optional(duration("milliseconds", { min: 10, max: DAY_MS }), {
    doc: "Time between probes while the server is unhealthy; default: interval",
  }),
  "retry_delay": optional(duration("milliseconds", { min: 10, max: DAY_MS }), {
    doc: "Time to the next probe after a result that differs from the server's state, until rise or fall is reached; " +
      "default: interval",
  }),
  warmup: optional(duration("milliseconds", { min: 0, max: DAY_MS }), {
    doc: "Longest delay of the first probe, which starts at a random moment within it; default: interval, at most 1s",
  }),
  "flap_damping": optional(orNone(FLAP_DAMPING), {
    doc: "Keeps a server that changes its state too often out of service; default: no damping",
  }),
};

/** Keys of a program that runs on this machine. */
export const COMMAND_FIELDS = {
  command: required(oneOrMany(text("a program or an argument", (word) => !word.includes("\0"))), {
    doc: "Absolute path of a program, and its arguments",
  }),
  environment: optional(oneOrMany(VARIABLE), { doc: "Additional environment variables of the program; default: none" }),
};
