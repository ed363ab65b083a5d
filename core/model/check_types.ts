import {
  type CheckedService,
  DEFAULT_TLS,
  type DnsExpectation,
  type ExitStatusMeaning,
  type HttpAuthorization,
  type HttpExpectation,
  type HttpMethod,
  type Login,
  type StatusRanges,
  type TextExpectation,
  type TlsSettings,
} from "./check_parts.ts";

// One interface for each kind of check. An "s" at the end of a type means TLS from the first byte.

/** Settings of the types that can start without TLS and switch to it. */
export interface StartTls {
  /** Whether the connection switches to TLS, with the settings of `tls`. */
  readonly startTls: boolean;
  /** TLS settings, if it uses TLS. */
  readonly tls: TlsSettings;
}

/** Bytes to send and to expect. Each byte is a character from U+0000 to U+00FF, in both directions. */
export interface Exchange {
  /** Bytes to send; none by default. */
  readonly send?: string;
  /** Conditions on the answer; no answer is awaited by default. */
  readonly expect?: TextExpectation;
}

/** The server accepts a connection, and optionally answers as expected. */
export interface TcpCheck extends Exchange {
  /** Kind of check. */
  readonly type: "tcp";
}

/** As {@linkcode TcpCheck}, over TLS. */
export interface TlsCheck extends Exchange {
  /** Kind of check. */
  readonly type: "tls";
  /** TLS settings. */
  readonly tls: TlsSettings;
}

/**
 * The server answers a datagram. Without an expectation, the server passes unless it (or a router) reports by ICMP,
 * within a quarter of the deadline, that the port is unreachable.
 */
export interface UdpCheck extends Exchange {
  /** Kind of check. */
  readonly type: "udp";
}

/** The server answers an HTTP request as expected. */
export interface HttpCheck {
  /** Kind of check. */
  readonly type: "http" | "https";
  /** Request method. */
  readonly method: HttpMethod;
  /** Path and query, starting with a slash. */
  readonly path: string;
  /** Version of the protocol. */
  readonly version: "1.0" | "1.1";
  /** Value of the Host header; the server's address and port by default. */
  readonly host?: string;
  /** Additional headers, in this order. They replace lvsctl's own of the same name. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Body of the request. */
  readonly body?: string;
  /** Credentials of the request. */
  readonly authorization?: HttpAuthorization;
  /** How many redirects are followed, all on the same server; one more is an ordinary answer. */
  readonly redirects: number;
  /** Whether the request has the form for a proxy, with the whole URL: `http://HOST/PATH`. */
  readonly proxy: boolean;
  /** Conditions on the answer. */
  readonly expect: HttpExpectation;
  /** TLS settings, if it uses TLS. */
  readonly tls: TlsSettings;
}

/** Default HTTP check. */
export const DEFAULT_HTTP: HttpCheck = {
  type: "http",
  method: "GET",
  path: "/",
  version: "1.1",
  headers: [],
  redirects: 0,
  proxy: false,
  expect: { status: [[200, 299]] },
  tls: DEFAULT_TLS,
};

/** A mail server accepts EHLO. */
export interface SmtpCheck extends StartTls {
  /** Kind of check. */
  readonly type: "smtp" | "smtps" | "submission";
  /** The name that lvsctl sends with EHLO. */
  readonly helo: string;
  /** User and password for AUTH PLAIN; no login by default. */
  readonly login?: Login;
}

/** A mailbox server greets and, with a login, accepts it. */
export interface MailboxCheck extends StartTls {
  /** Kind of check. */
  readonly type: "pop3" | "pop3s" | "imap" | "imaps";
  /** User and password; no login by default. */
  readonly login?: Login;
}

/** An FTP server greets and, with a login, accepts it and has a file. */
export interface FtpCheck extends StartTls {
  /** Kind of check. */
  readonly type: "ftp" | "ftps";
  /** User and password; no login by default. */
  readonly login?: Login;
  /** A file that must exist, queried by SIZE; requires a login. */
  readonly file?: string;
}

/** A news server greets and, with a group, has that group. */
export interface NntpCheck extends StartTls {
  /** Kind of check. */
  readonly type: "nntp" | "nntps";
  /** User and password; no login by default. */
  readonly login?: Login;
  /** A group that must exist. */
  readonly group?: string;
}

/** A directory server accepts a bind and, with a base, has that entry. */
export interface LdapCheck extends StartTls {
  /** Kind of check. */
  readonly type: "ldap" | "ldaps";
  /** Distinguished name and password to bind with; anonymous by default. */
  readonly login?: Login;
  /** Distinguished name of an entry that must exist; "" is the server's own. */
  readonly base?: string;
}

/** A name server answers. */
export interface DnsCheck {
  /** Kind of check. */
  readonly type: "dns";
  /** Transport protocol of the query. */
  readonly transport: "udp" | "tcp";
  /** Name to query; "." is the root. */
  readonly query: string;
  /** Type of record to query: "A", "TYPE65". */
  readonly recordType: string;
  /** Whether the server is asked to query other servers (RD). */
  readonly recursion: boolean;
  /** Conditions on the answer. */
  readonly expect: DnsExpectation;
}

/** A time server answers and is synchronised. */
export interface NtpCheck {
  /** Kind of check. */
  readonly type: "ntp";
  /** The highest stratum that passes: 1 to 15. */
  readonly maxStratum: number;
  /** Largest difference of the server's time from this machine's; milliseconds. Unlimited by default. */
  readonly maxOffsetMs?: number;
}

/** A RADIUS server answers: a login with Access-Accept, or without one Status-Server (RFC 5997). */
export interface RadiusCheck {
  /** Kind of check. */
  readonly type: "radius";
  /** Shared secret of server and client. */
  readonly secret: string;
  /** User and password that must be accepted; a Status-Server request by default. */
  readonly login?: Login;
}

/** A SIP server answers OPTIONS. */
export interface SipCheck {
  /** Kind of check. */
  readonly type: "sip" | "sips";
  /** Transport protocol of the request; TCP for sips. */
  readonly transport: "udp" | "tcp";
  /** Address of the request: "sip:user@example.org"; the server itself by default. */
  readonly uri?: string;
  /** Accepted statuses. */
  readonly status: StatusRanges;
  /** TLS settings, if it uses TLS. */
  readonly tls: TlsSettings;
}

/** A streaming server answers OPTIONS. */
export interface RtspCheck {
  /** Kind of check. */
  readonly type: "rtsp";
  /** Path of a stream, starting with a slash; the server itself (`*`) by default. */
  readonly path?: string;
  /** Accepted statuses. */
  readonly status: StatusRanges;
}

/** Common settings of the two SQL checks. */
export interface SqlExchange extends StartTls {
  /** User and password; no login by default: then the greeting decides. */
  readonly login?: Login;
  /** The database to use. */
  readonly database?: string;
  /** A query that must succeed; requires a login. */
  readonly query?: string;
  /** Conditions on the first column of the query's first row. */
  readonly expect?: TextExpectation;
}

/** A MySQL or MariaDB server greets and, with a login, accepts it and answers a query. */
export interface MysqlCheck extends SqlExchange {
  /** Kind of check. */
  readonly type: "mysql";
}

/** A PostgreSQL server accepts connections and, with a login, accepts it and answers a query. */
export interface PostgresqlCheck extends SqlExchange {
  /** Kind of check. */
  readonly type: "postgresql";
}

/** A Redis server answers PING and, with a role, has that role. */
export interface RedisCheck {
  /** Kind of check. */
  readonly type: "redis" | "rediss";
  /** User and password; user "" is the default user. No login by default. */
  readonly login?: Login;
  /** Role that the server must have. */
  readonly role?: "master" | "replica";
  /** TLS settings, if it uses TLS. */
  readonly tls: TlsSettings;
}

/** A gRPC server reports the status SERVING (grpc.health.v1). */
export interface GrpcCheck {
  /** Kind of check. */
  readonly type: "grpc" | "grpcs";
  /** Name of the gRPC service; "" is the server as a whole. */
  readonly serviceName: string;
  /** Value of the :authority header; the server's address and port by default. */
  readonly authority?: string;
  /** TLS settings, if it uses TLS. */
  readonly tls: TlsSettings;
}

/** A host answers an echo request (ICMP). */
export interface PingCheck {
  /** Kind of check. */
  readonly type: "ping";
}

/**
 * The exit status of a command is the server's health. Its environment and the placeholders `{...}` in its arguments
 * name the service and the server: see the prober.
 */
export interface ExecCheck extends CheckedService {
  /** Kind of check. */
  readonly type: "exec";
  /** Program and arguments; they run without a shell. */
  readonly command: readonly string[];
  /** Additional environment variables. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /**
   * Meaning of its exit status. `health`: 0 is up, all others are down. `weight`: 0 is up, 1 is down, 2 to 255 is up
   * with a weight of 0 to 253.
   */
  readonly exitStatus: ExitStatusMeaning;
}

/** A file on this machine exists and, with an expectation, has that content; its first number can be a weight. */
export interface FileCheck extends CheckedService {
  /** Kind of check. */
  readonly type: "file";
  /** Path of the file; placeholders `{...}` as in the arguments of {@linkcode ExecCheck}. */
  readonly path: string;
  /** `present`: the file must exist. `absent`: it must not. `weight`: it contains a weight, and 0 is down. */
  readonly condition: "present" | "absent" | "weight";
  /** Conditions on its content; with `present` only. */
  readonly expect?: TextExpectation;
}

/** A check that is not composed of others. */
export type SimpleCheck =
  | TcpCheck
  | TlsCheck
  | UdpCheck
  | HttpCheck
  | SmtpCheck
  | MailboxCheck
  | FtpCheck
  | NntpCheck
  | LdapCheck
  | DnsCheck
  | NtpCheck
  | RadiusCheck
  | SipCheck
  | RtspCheck
  | MysqlCheck
  | PostgresqlCheck
  | RedisCheck
  | GrpcCheck
  | PingCheck
  | ExecCheck
  | FileCheck;
