import type { ServiceId } from "./service.ts";

/** TLS settings of a check. Files are read for each probe, so that renewed ones take effect. */
export interface TlsSettings {
  /** Whether the server's certificate must be valid: its chain, its dates and its name. */
  readonly verify: boolean;
  /** Name that is sent as SNI and must be in the certificate; the server's address by default. */
  readonly serverName?: string;
  /** Path of a PEM file with the authorities to trust; the system's by default. */
  readonly ca?: string;
  /** Path of a PEM file with the client's certificate and its chain. */
  readonly certificate?: string;
  /** Path of a PEM file with the key of `certificate`; the same file by default. */
  readonly key?: string;
  /** How long before its expiry a certificate causes a warning; milliseconds. No warning by default. */
  readonly warnExpiryMs?: number;
}

/** Default TLS settings. */
export const DEFAULT_TLS: TlsSettings = { verify: true };

/** User and password of a check. */
export interface Login {
  /** Name of the user. */
  readonly user: string;
  /** Password; may be empty. */
  readonly password: string;
}

/**
 * Conditions on a text; every one must hold. The prober limits the text's length.
 *
 * Regular expressions have JavaScript's syntax without look-around and back references, which can take unlimited time.
 */
export interface TextExpectation {
  /** Text that it must contain. */
  readonly text?: string;
  /** A regular expression that must match somewhere in it. */
  readonly regex?: string;
  /** A regular expression that must not match anywhere in it. */
  readonly notRegex?: string;
}

/** Digest algorithms for bodies. */
export const DIGEST_ALGORITHMS = ["md5", "sha1", "sha256", "sha384", "sha512"] as const;

/** The digest that a body must have. */
export interface DigestExpectation {
  /** One of {@linkcode DIGEST_ALGORITHMS}. */
  readonly algorithm: (typeof DIGEST_ALGORITHMS)[number];
  /** The digest, in lower-case hexadecimal digits. */
  readonly value: string;
}

/** A value that a JSON body must have at one place. */
export interface JsonExpectation {
  /** Path of the value: `$`, then any number of `.name`, `["name"]` or `[0]`. */
  readonly path: string;
  /** The expected value. */
  readonly equals: string | number | boolean | null;
}

/** Ranges of status codes, both ends included: [[200, 299]]. */
export type StatusRanges = readonly (readonly [number, number])[];

/** Methods that a check may use. */
export const HTTP_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** One of {@linkcode HTTP_METHODS}. */
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** Credentials of an HTTP request. */
export type HttpAuthorization =
  | ({ readonly kind: "basic" } & Login)
  | { readonly kind: "bearer"; readonly token: string };

/** Conditions on the answer to an HTTP request; every one must hold. */
export interface HttpExpectation {
  /** Accepted statuses. */
  readonly status: StatusRanges;
  /** Text that the body must contain. */
  readonly body?: string;
  /** A regular expression that must match somewhere in the body, see {@linkcode TextExpectation}. */
  readonly regex?: string;
  /** A regular expression that must not match anywhere in the body. */
  readonly notRegex?: string;
  /** Digest of the body. */
  readonly digest?: DigestExpectation;
  /** Values in the body as JSON. */
  readonly json?: readonly JsonExpectation[];
  /** Longest time of the answer; milliseconds. A slower one is a failure, even within the deadline. */
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

/** Conditions on the answer to a DNS query. */
export interface DnsExpectation {
  /** Name of the response code. */
  readonly rcode: (typeof DNS_RCODES)[number];
  /** Data that one of the answers must have, as in a zone file: "192.0.2.1", "10 mail.example.org.". */
  readonly answer?: string;
  /** A regular expression that must match one of the answers, see {@linkcode TextExpectation}. */
  readonly regex?: string;
}

/** Numbers of the DNS record types with a name in the configuration; others are written as TYPE65. */
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

/** Meanings that the exit status of a command can have. */
export const EXIT_STATUS_MEANINGS = ["health", "weight"] as const;

/** One of {@linkcode EXIT_STATUS_MEANINGS}. */
export type ExitStatusMeaning = (typeof EXIT_STATUS_MEANINGS)[number];

/** The virtual service of a check whose command or path can contain its name. */
export interface CheckedService {
  /** The service; undefined until the check belongs to one. */
  readonly service?: ServiceId;
}
