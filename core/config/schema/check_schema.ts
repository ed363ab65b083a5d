import { DNS_RCODES, EXIT_STATUS_MEANINGS } from "../../model/mod.ts";
import { DOMAIN_NAME, LINE, PATH, RECORD_TYPE, REGEX, SOME_TEXT } from "./check_values.ts";
import { type Field, type Fields, mapping, optional, required, type Section, withDefault } from "./mapping.ts";
import { oneOrMany } from "./structures.ts";
import { boolean, choice, duration, integer, text, type Type } from "./types.ts";
import { variants } from "./variants.ts";

import {
  COMMAND_FIELDS,
  EXCHANGE_FIELDS,
  EXPECT_TEXT,
  FTP_FIELDS,
  GRPC_FIELDS,
  HTTP_FIELDS,
  LDAP_FIELDS,
  LOGIN,
  LOGIN_FIELD,
  NNTP_FIELDS,
  PATH_FIELDS,
  REDIS_FIELDS,
  SIP_FIELDS,
  SMTP_FIELDS,
  SQL_FIELDS,
  START_TLS_FIELDS,
  STATUS_FIELD,
  TIMING_FIELDS,
  TLS_FIELD,
  WAY_FIELDS,
  YEAR_MS,
} from "./check_fields.ts";

// The checks' part of the schema of files: see file_schema.ts.

/** The mapping of a simple type of check; `more` has the keys that differ between a check and a part of one. */
function simple<const T extends string, const F extends Fields, const M extends Fields>(
  type: T,
  fields: F,
  more: M,
): Type<Section<{ readonly type: Field<T | undefined> } & F & M>> {
  return mapping(`${type === "https" ? "an" : "a"} check of type ${type}`, {
    type: required(choice([type]), { doc: "Protocol or method of the check" }),
    ...fields,
    ...more,
  });
}

/** The mappings of all simple types, with further keys for each. */
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
      transport: withDefault(choice(["udp", "tcp"]), { value: "udp", doc: "Transport of the query" }),
      query: withDefault(DOMAIN_NAME, { value: ".", doc: "Domain name to query" }),
      record: withDefault(RECORD_TYPE, { value: "SOA", doc: "Type of record to query" }),
      recursion: withDefault(boolean(), { value: true, doc: "Sets the recursion-desired flag of the query" }),
      expect: optional(
        mapping("expect", {
          rcode: withDefault(choice(DNS_RCODES), { value: "NOERROR", doc: "Required response code" }),
          answer: optional(SOME_TEXT, {
            doc: "Text that one of the answers must equal, in the form of a zone file; default: not tested",
          }),
          regex: optional(REGEX, { doc: "Regular expression that must match one of the answers; default: not tested" }),
        }),
        { doc: "Required answer; default: the response code NOERROR" },
      ),
    }, reached),
    ntp: simple("ntp", {
      max_stratum: withDefault(integer({ min: 1, max: 15 }), { value: 15, doc: "Highest stratum that passes" }),
      max_offset: optional(duration("milliseconds", { min: 1, max: YEAR_MS }), {
        doc: "Largest difference between the server's clock and this machine's; default: not tested",
      }),
    }, reached),
    radius: simple("radius", {
      secret: required(LINE, { doc: "Secret that server and client share" }),
      login: optional(LOGIN, {
        doc: "User name and password that must be accepted; default: a Status-Server request instead",
      }),
    }, reached),
    sip: simple("sip", {
      transport: withDefault(choice(["udp", "tcp"]), { value: "udp", doc: "Transport of the request" }),
      ...SIP_FIELDS,
    }, reached),
    sips: simple("sips", { ...SIP_FIELDS, tls: TLS_FIELD }, reached),
    rtsp: simple("rtsp", {
      path: optional(text("text that starts with a slash and has no blanks", (path) => /^\/[\x21-\x7e]*$/.test(path)), {
        doc: "Path of a stream; default: the server itself",
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
      ...COMMAND_FIELDS,
      exit_status: withDefault(choice(EXIT_STATUS_MEANINGS), {
        value: "health",
        doc: "Meaning of the exit status: health (0 is healthy), or weight (0 keeps the weight, 2 to 255 set 0 to 253)",
      }),
    }, local),
    file: simple("file", {
      path: required(PATH, { doc: "Path of the file, in which {address}, {port} and {service} are replaced" }),
      condition: withDefault(choice(["present", "absent", "weight"]), {
        value: "present",
        doc: "Condition that passes: the file exists, does not exist, or contains a weight above 0",
      }),
      expect: optional(EXPECT_TEXT, { doc: "Required content of a file that is present; default: not tested" }),
    }, local),
  };
}

/** A part of a composed check. */
export const PART = variants(simpleTypes({}));

const PARTS_FIELD = required(oneOrMany(PART), { doc: "Checks to run at the same time" });

/** A check. */
export const CHECK = variants({
  ...simpleTypes(TIMING_FIELDS),
  all_of: simple("all_of", { checks: PARTS_FIELD, ...PATH_FIELDS }, TIMING_FIELDS),
  any_of: simple("any_of", { checks: PARTS_FIELD, ...PATH_FIELDS }, TIMING_FIELDS),
  k_of: simple("k_of", {
    checks: PARTS_FIELD,
    needed: required(integer({ min: 1, max: 100 }), { doc: "Number of checks that must pass" }),
    ...PATH_FIELDS,
  }, TIMING_FIELDS),
});
