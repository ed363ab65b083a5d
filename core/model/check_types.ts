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

// One interface for each kind of check. An "s" at the end of a type is TLS from the first byte on.

/** Types that can begin in the clear and go over to TLS, and what they say of that. */
export interface StartTls {
  /** Whether it goes over to TLS; then `tls` says how. */
  readonly startTls: boolean;
  /** How it speaks TLS, if it does. */
  readonly tls: TlsSettings;
}

/** Sends and expects bytes. Each byte is a character from U+0000 to U+00FF, in what is sent and what is expected. */
export interface Exchange {
  /** What is sent; nothing where it is not given. */
  readonly send?: string;
  /** What has to come back; nothing is awaited where it is not given. */
  readonly expect?: TextExpectation;
}

/** A connection is accepted; then perhaps something is sent, and something has to come. */
export interface TcpCheck extends Exchange {
  /** Tells the kinds of check apart. */
  readonly type: "tcp";
}

/** As {@linkcode TcpCheck}, over TLS. */
export interface TlsCheck extends Exchange {
  /** Tells the kinds of check apart. */
  readonly type: "tls";
  /** How it speaks TLS. */
  readonly tls: TlsSettings;
}

/**
 * A datagram is sent, and another has to come back. Where nothing is expected, the server passes unless it (or a router)
 * says by ICMP that nobody is there until a quarter of the deadline is over.
 */
export interface UdpCheck extends Exchange {
  /** Tells the kinds of check apart. */
  readonly type: "udp";
}

/** An HTTP check: the answer to a request is as expected. */
export interface HttpCheck {
  /** Tells the kinds of check apart. */
  readonly type: "http" | "https";
  /** Request method. */
  readonly method: HttpMethod;
  /** Path and query, starting with a slash. */
  readonly path: string;
  /** Version of the protocol. */
  readonly version: "1.0" | "1.1";
  /** Value of the Host header; the server's address and port where it is not given. */
  readonly host?: string;
  /** Further headers, in this order. They replace lvsctl's own of the same name. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Body of the request. */
  readonly body?: string;
  /** Who asks. */
  readonly authorization?: HttpAuthorization;
  /** How many redirects are followed, all on the same server; one more is an answer as any other. */
  readonly redirects: number;
  /** Whether the request is made as to a proxy: with the whole URL, `http://HOST/PATH`. */
  readonly proxy: boolean;
  /** What the answer has to be. */
  readonly expect: HttpExpectation;
  /** How it speaks TLS, if it does. */
  readonly tls: TlsSettings;
}

/** An HTTP check where the file says nothing. */
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

/** A mail server takes EHLO. */
export interface SmtpCheck extends StartTls {
  /** Tells the kinds of check apart. */
  readonly type: "smtp" | "smtps" | "submission";
  /** The name that lvsctl greets with. */
  readonly helo: string;
  /** Whom to log in as, by AUTH PLAIN; nobody where it is not given. */
  readonly login?: Login;
}

/** A mailbox server greets and, with a login, lets in. */
export interface MailboxCheck extends StartTls {
  /** Tells the kinds of check apart. */
  readonly type: "pop3" | "pop3s" | "imap" | "imaps";
  /** Whom to log in as; nobody where it is not given. */
  readonly login?: Login;
}

/** An FTP server greets and, with a login, lets in and gives a file. */
export interface FtpCheck extends StartTls {
  /** Tells the kinds of check apart. */
  readonly type: "ftp" | "ftps";
  /** Whom to log in as; nobody where it is not given. */
  readonly login?: Login;
  /** A file that has to be there, asked for by SIZE; needs a login. */
  readonly file?: string;
}

/** A news server greets and, with a group, has it. */
export interface NntpCheck extends StartTls {
  /** Tells the kinds of check apart. */
  readonly type: "nntp" | "nntps";
  /** Whom to log in as; nobody where it is not given. */
  readonly login?: Login;
  /** A group that has to be there. */
  readonly group?: string;
}

/** A directory server takes a bind and, with a base, has an entry. */
export interface LdapCheck extends StartTls {
  /** Tells the kinds of check apart. */
  readonly type: "ldap" | "ldaps";
  /** Whom to bind as, a distinguished name; anonymous where it is not given. */
  readonly login?: Login;
  /** Distinguished name of an entry that has to be there; "" is the server's own. */
  readonly base?: string;
}

/** A name server answers. */
export interface DnsCheck {
  /** Tells the kinds of check apart. */
  readonly type: "dns";
  /** Carrier of the query. */
  readonly transport: "udp" | "tcp";
  /** Name that is asked for; "." is the root. */
  readonly query: string;
  /** Type of record that is asked for: "A", "TYPE65". */
  readonly recordType: string;
  /** Whether the server is asked to ask others. */
  readonly recursion: boolean;
  /** What the answer has to be. */
  readonly expect: DnsExpectation;
}

/** A time server answers and is synchronised. */
export interface NtpCheck {
  /** Tells the kinds of check apart. */
  readonly type: "ntp";
  /** The highest stratum that passes: 1 to 15. */
  readonly maxStratum: number;
  /** How far the server's time may be from this machine's; milliseconds. Not looked at where it is not given. */
  readonly maxOffsetMs?: number;
}

/** A RADIUS server answers: a login with Access-Accept, or without one Status-Server (RFC 5997). */
export interface RadiusCheck {
  /** Tells the kinds of check apart. */
  readonly type: "radius";
  /** What server and client share. */
  readonly secret: string;
  /** Who has to be let in; Status-Server is asked where it is not given. */
  readonly login?: Login;
}

/** A SIP server answers OPTIONS. */
export interface SipCheck {
  /** Tells the kinds of check apart. */
  readonly type: "sip" | "sips";
  /** Carrier of the request; TCP for sips. */
  readonly transport: "udp" | "tcp";
  /** The address that is asked about: "sip:user@example.org"; the server itself where it is not given. */
  readonly uri?: string;
  /** Accepted statuses. */
  readonly status: StatusRanges;
  /** How it speaks TLS, if it does. */
  readonly tls: TlsSettings;
}

/** A streaming server answers OPTIONS. */
export interface RtspCheck {
  /** Tells the kinds of check apart. */
  readonly type: "rtsp";
  /** Path of a stream, starting with a slash; the server itself (`*`) where it is not given. */
  readonly path?: string;
  /** Accepted statuses. */
  readonly status: StatusRanges;
}

/** What the two SQL checks have in common. */
export interface SqlExchange extends StartTls {
  /** Whom to log in as; nobody where it is not given: then the greeting decides. */
  readonly login?: Login;
  /** The database to use. */
  readonly database?: string;
  /** A query that has to succeed; needs a login. */
  readonly query?: string;
  /** What the first column of the query's first row has to be. */
  readonly expect?: TextExpectation;
}

/** A MySQL or MariaDB server greets and, with a login, lets in and answers a query. */
export interface MysqlCheck extends SqlExchange {
  /** Tells the kinds of check apart. */
  readonly type: "mysql";
}

/** A PostgreSQL server takes connections and, with a login, lets in and answers a query. */
export interface PostgresqlCheck extends SqlExchange {
  /** Tells the kinds of check apart. */
  readonly type: "postgresql";
}

/** A Redis server answers PING and, if asked for, has a role. */
export interface RedisCheck {
  /** Tells the kinds of check apart. */
  readonly type: "redis" | "rediss";
  /** Whom to log in as; user "" is the default user. Nobody where it is not given. */
  readonly login?: Login;
  /** What the server has to be. */
  readonly role?: "master" | "replica";
  /** How it speaks TLS, if it does. */
  readonly tls: TlsSettings;
}

/** A gRPC server answers that it serves (grpc.health.v1). */
export interface GrpcCheck {
  /** Tells the kinds of check apart. */
  readonly type: "grpc" | "grpcs";
  /** Name of the gRPC service that is asked for; "" is the server as a whole. */
  readonly serviceName: string;
  /** Value of the :authority header; the server's address and port where it is not given. */
  readonly authority?: string;
  /** How it speaks TLS, if it does. */
  readonly tls: TlsSettings;
}

/** A host answers an echo request (ICMP). */
export interface PingCheck {
  /** Tells the kinds of check apart. */
  readonly type: "ping";
}

/**
 * A command ends with an exit status that says how the server is. Its environment tells of service and server, and
 * `{...}` in its arguments is replaced by the same: see the prober.
 */
export interface ExecCheck extends CheckedService {
  /** Tells the kinds of check apart. */
  readonly type: "exec";
  /** Program and arguments; no shell is involved. */
  readonly command: readonly string[];
  /** Further variables of its environment. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  /**
   * What its exit status means. `health`: 0 is up, all else is down. `weight`: 0 is up, 1 is down, 2 to 255 is up with
   * a weight of 0 to 253.
   */
  readonly exitStatus: ExitStatusMeaning;
}

/** A file on this machine is there and, if asked for, says something; its first number may be a weight. */
export interface FileCheck extends CheckedService {
  /** Tells the kinds of check apart. */
  readonly type: "file";
  /** Its path; `{...}` is replaced as in the arguments of {@linkcode ExecCheck}. */
  readonly path: string;
  /** `present`: it has to be there. `absent`: it must not be. `weight`: it holds a weight, of which 0 is down. */
  readonly condition: "present" | "absent" | "weight";
  /** What it has to say; with `present` only. */
  readonly expect?: TextExpectation;
}

/** Everything that a probe can be made by, itself and not composed of others. */
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
