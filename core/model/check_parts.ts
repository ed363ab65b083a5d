import type { ServiceId } from "./service.ts";

/** How a check speaks TLS. Paths are read when a probe is made, so that renewed files are taken up. */
export interface TlsSettings {
  /** Whether the server's certificate has to be valid: its chain, its dates and its name. */
  readonly verify: boolean;
  /** Name that is sent as SNI and that the certificate has to be for; the address of the server where not given. */
  readonly serverName?: string;
  /** Path of a PEM file with the authorities to trust; those of the system where not given. */
  readonly ca?: string;
  /** Path of a PEM file with the client's certificate and what leads to its authority. */
  readonly certificate?: string;
  /** Path of a PEM file with the key of `certificate`; in the same file where not given. */
  readonly key?: string;
  /** How long before its expiry a certificate makes a warning; milliseconds. No warning where not given. */
  readonly warnExpiryMs?: number;
}

/** TLS where the file says nothing. */
export const DEFAULT_TLS: TlsSettings = { verify: true };

/** What a check logs in with. */
export interface Login {
  /** Name of the user. */
  readonly user: string;
  /** Password; may be empty. */
  readonly password: string;
}

/**
 * What a text has to be; all that is given has to hold. The text is bounded: see the prober.
 *
 * Regular expressions are those of JavaScript without look-around and back references, which can take for ever.
 */
export interface TextExpectation {
  /** What it has to contain. */
  readonly text?: string;
  /** A regular expression that has to match somewhere in it. */
  readonly regex?: string;
  /** A regular expression that must not match anywhere in it. */
  readonly notRegex?: string;
}

/** Digests that a body can be compared by. */
export const DIGEST_ALGORITHMS = ["md5", "sha1", "sha256", "sha384", "sha512"] as const;

/** The digest that a body has to have. */
export interface DigestExpectation {
  /** One of {@linkcode DIGEST_ALGORITHMS}. */
  readonly algorithm: (typeof DIGEST_ALGORITHMS)[number];
  /** Hexadecimal digits in lower case. */
  readonly value: string;
}

/** A value that a JSON body has to have somewhere. */
export interface JsonExpectation {
  /** Where: `$`, then `.name`, `["name"]` or `[0]`, as often as needed. */
  readonly path: string;
  /** What has to be there. */
  readonly equals: string | number | boolean | null;
}

/** Ranges of status codes, both ends included: [[200, 299]]. */
export type StatusRanges = readonly (readonly [number, number])[];

/** Methods that a check may use. */
export const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** One of {@linkcode HTTP_METHODS}. */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** How an HTTP request says who it is. */
export type HttpAuthorization =
  | ({ readonly kind: "basic" } & Login)
  | { readonly kind: "bearer"; readonly token: string };

/** What the answer to an HTTP request has to be; all that is given has to hold. */
export interface HttpExpectation {
  /** Accepted statuses. */
  readonly status: StatusRanges;
  /** Text that the body has to contain. */
  readonly body?: string;
  /** A regular expression that has to match somewhere in the body, see {@linkcode TextExpectation}. */
  readonly regex?: string;
  /** A regular expression that must not match anywhere in the body. */
  readonly notRegex?: string;
  /** What the body has to have as its digest. */
  readonly digest?: DigestExpectation;
  /** What the body has to have as JSON. */
  readonly json?: readonly JsonExpectation[];
  /** The longest that the answer may take; milliseconds. A slower one is a failure, though within the deadline. */
  readonly maxLatencyMs?: number;
}

/** Names of DNS response codes, by their numbers (RFC 1035, RFC 2136). */
export const DNS_RCODES = [
  "NOERROR",
  "FORMERR",
  "SERVFAIL",
  "NXDOMAIN",
  "NOTIMP",
  "REFUSED",
  "YXDOMAIN",
  "YXRRSET",
  "NXRRSET",
  "NOTAUTH",
  "NOTZONE",
] as const;

/** What the answer to a DNS query has to be. */
export interface DnsExpectation {
  /** Name of the response code. */
  readonly rcode: (typeof DNS_RCODES)[number];
  /** What one of the answers has to be, as a zone file writes it: "192.0.2.1", "10 mail.example.org.". */
  readonly answer?: string;
  /** A regular expression that has to match one of the answers, see {@linkcode TextExpectation}. */
  readonly regex?: string;
}

/** Numbers of DNS record types that can be asked for by name; others are asked for as TYPE65. */
export const DNS_RECORD_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  DS: 43,
  RRSIG: 46,
  DNSKEY: 48,
  SVCB: 64,
  HTTPS: 65,
  CAA: 257,
} as const satisfies Readonly<Record<string, number>>;

/** What a command makes known by its exit status. */
export const EXIT_STATUS_MEANINGS = ["health", "weight"] as const;

/** One of {@linkcode EXIT_STATUS_MEANINGS}. */
export type ExitStatusMeaning = (typeof EXIT_STATUS_MEANINGS)[number];

/** The virtual service that a check is made for, where that makes a difference. */
export interface CheckedService {
  /** What the service is found by; not given before the check belongs to one. */
  readonly service?: ServiceId;
}
