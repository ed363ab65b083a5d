import type { Entry, Origin, Value } from "../document.ts";
import type { Report } from "../imported.ts";
import { isLiteral, translatePerlRegex } from "../perl_regex.ts";
import type { LdirectordService } from "./directives.ts";
import type { Section } from "./sections.ts";
import type { LdirectordServer } from "./server.ts";

/** The source of a probe. */
export interface ProbeSource {
  /** The virtual service. */
  readonly section: Section;
  /** Its protocol. */
  readonly protocol: "tcp" | "udp" | "fwm";
  /** The probed server; undefined for the probe of the service. */
  readonly server?: LdirectordServer | undefined;
  /** The place of the virtual service. */
  readonly origin: Origin;
  /** Receives the directives without a counterpart. */
  readonly report: Report;
}

/** The keys of a probe, its type first; undefined without a probe, when every server passes. */
export type Probe = readonly Entry[] | undefined;

/** A request and the expected answer. */
interface Exchange {
  /** The request, which begins with a slash. */
  readonly request: string;
  readonly requestOrigins: readonly Origin[];
  readonly receive: string;
  readonly receiveOrigins: readonly Origin[];
}

function exchangeOf({ section, server }: ProbeSource): Exchange {
  if (server?.request !== undefined) {
    const origins = [server.origin];
    return { request: server.request, requestOrigins: origins, receive: server.receive ?? "", receiveOrigins: origins };
  }
  const request = section.get("request");
  const receive = section.get("receive");
  const path = request?.value ?? "/";
  return {
    request: path.startsWith("/") ? path : `/${path}`,
    requestOrigins: request === undefined ? [] : [request.origin],
    receive: receive?.value ?? "",
    receiveOrigins: receive === undefined ? [] : [receive.origin],
  };
}

/** Escapes the characters that a path must not contain, as ldirectord's library does. */
function escapePath(path: string): string {
  return path.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}

/** The value of `expect`; undefined if any answer passes or, with a report, if there is no counterpart. */
function expectation(
  exchange: Exchange,
  options: { readonly report: Report; readonly literal: "body" | "text" | undefined },
): Value | undefined {
  const { receive, receiveOrigins } = exchange;
  const { report, literal } = options;
  if (receive === "") return undefined;
  if (literal !== undefined && isLiteral(receive)) return { [literal]: receive };
  const translated = translatePerlRegex(receive);
  if ("regex" in translated) return { regex: translated.regex };
  for (const origin of receiveOrigins) report.add(origin, translated.reason);
  return undefined;
}

/** Reports an expected answer that the probe ignores. */
function reportUnused(exchange: Exchange, report: Report, reason: string): void {
  if (exchange.receive === "") return;
  for (const origin of exchange.receiveOrigins) report.add(origin, reason);
}

function entry(
  key: string,
  value: Value | undefined,
  origins: readonly (Origin | undefined)[] = [],
): Entry | undefined {
  if (value === undefined) return undefined;
  return { key, value, origins: origins.filter((origin) => origin !== undefined) };
}

function present(entries: readonly (Entry | undefined)[]): readonly Entry[] {
  return entries.filter((each) => each !== undefined);
}

function login(
  { section, report }: ProbeSource,
  defaults: { readonly user?: string; readonly password?: string } = {},
): Entry | undefined {
  const user = section.get("login");
  const password = section.get("passwd");
  const name = user?.value ?? defaults.user;
  if (name === undefined) {
    if (password !== undefined) report.add(password.origin, "there is no login for it");
    return undefined;
  }
  const value = { user: name, password: password?.value ?? defaults.password ?? "" };
  return entry("login", value, [user?.origin, password?.origin]);
}

function httpProbe(type: Entry, source: ProbeSource, service: LdirectordService): Probe {
  const { section, report, server } = source;
  const exchange = exchangeOf(source);
  const host = section.get("virtualhost");
  const method = section.get("httpmethod");
  const isProxy = service === "http_proxy";
  const { request, requestOrigins } = exchange;
  const url = /^\/?http:\/\/([^/]+)(\/.*)?$/.exec(request);
  if (isProxy && url === null) {
    const [origin = source.origin] = requestOrigins;
    report.add(origin, "a proxy needs a whole URL, http://HOST/PATH; ldirectord reports the server as down");
    return undefined;
  }
  if (!isProxy && server?.request !== undefined && /:\/\//.test(request)) {
    report.add(server.origin, "ldirectord sends this request to the URL's host; lvsctl sends it to the server");
  }
  const path = isProxy ? url?.[2] ?? "/" : request;
  return present([
    type,
    entry("method", method?.value, [method?.origin]),
    entry("path", escapePath(path), requestOrigins),
    isProxy
      ? entry("host", url?.[1], requestOrigins)
      : entry("host", host?.value === "" ? undefined : host?.value, [host?.origin]),
    {
      key: "redirects",
      value: 7,
      notes: ["ldirectord follows redirects; lvsctl follows them on the same server only"],
    },
    isProxy ? entry("proxy", true) : undefined,
    entry("expect", expectation(exchange, { report, literal: "body" }), exchange.receiveOrigins),
    service === "https" ? unverified(host?.value) : undefined,
  ]);
}

function tcpTalk(type: Entry, source: ProbeSource): Probe {
  const exchange = exchangeOf(source);
  // ldirectord knows the escape \n alone; every other backslash is literal.
  const send = exchange.request.slice(1).replace(/\\(?!n)/g, "\\\\");
  const literal = isLiteral(exchange.receive) && !exchange.receive.includes("\\") ? "text" : undefined;
  const expect = expectation(exchange, { report: source.report, literal });
  if (exchange.receive === "") {
    const [origin = source.origin] = exchange.requestOrigins;
    const reason = "without receive ldirectord compares the answer with another expression, and mostly reports the " +
      "server as down; lvsctl accepts any answer";
    source.report.add(origin, reason);
  }
  return present([
    type,
    entry("send", send === "" ? undefined : send, exchange.requestOrigins),
    expect === undefined
      ? { key: "expect", value: { regex: "." }, notes: ["any answer is enough"] }
      : entry("expect", expect, exchange.receiveOrigins),
  ]);
}

function dnsProbe(type: Entry, source: ProbeSource): Probe {
  const { report, protocol } = source;
  const exchange = exchangeOf(source);
  const name = exchange.request.replace(/^\/+/, "");
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  const query = address ? `${name.split(".").reverse().join(".")}.in-addr.arpa` : name === "" ? "." : name;
  const expect = expectation(exchange, { report, literal: undefined });
  if (exchange.receive === "") {
    const [origin = source.origin] = exchange.requestOrigins;
    report.add(origin, "without receive ldirectord always reports the server as down; lvsctl accepts any answer");
  }
  return present([
    type,
    entry("transport", protocol === "tcp" ? "tcp" : undefined),
    entry("query", query, exchange.requestOrigins),
    { key: "record", value: address ? "PTR" : "A" },
    entry("expect", expect, exchange.receiveOrigins),
  ]);
}

function sqlProbe(type: Entry, source: ProbeSource): Probe {
  const { section, report } = source;
  const exchange = exchangeOf(source);
  const query = exchange.request.replace(/^\//, "");
  const credentials = login(source);
  const database = section.get("database");
  if (credentials === undefined || query === "") {
    const [origin = source.origin] = type.origins ?? [];
    report.add(origin, "it needs login and request; without them ldirectord always reports the server as down");
    const name = credentials === undefined ? undefined : entry("database", database?.value, [database?.origin]);
    return present([type, credentials, name]);
  }
  reportUnused(exchange, report, "ldirectord does not compare the answer to a query");
  return present([
    type,
    credentials,
    entry("database", database?.value, [database?.origin]),
    entry("query", query, exchange.requestOrigins),
    { key: "expect", value: { regex: "^" }, notes: ["the answer must have a row"] },
  ]);
}

function ldapProbe(type: Entry, source: ProbeSource): Probe {
  const { section } = source;
  const exchange = exchangeOf(source);
  reportUnused(exchange, source.report, "the entry must exist; its name is not compared");
  const hasBoth = section.has("login") && section.has("passwd");
  return present([
    type,
    hasBoth ? login(source) : undefined,
    entry("base", exchange.request.slice(1), exchange.requestOrigins),
    type.value === "ldaps" ? UNVERIFIED : undefined,
  ]);
}

function ftpProbe(type: Entry, source: ProbeSource): Probe {
  const exchange = exchangeOf(source);
  reportUnused(exchange, source.report, "the file must exist; its content is not compared");
  const { request } = exchange;
  return present([
    type,
    login(source, { user: "anonymous", password: "ldirectord@localhost" }),
    entry("file", request === "/" ? undefined : request, exchange.requestOrigins),
  ]);
}

function radiusProbe(type: Entry, source: ProbeSource): Probe {
  const { section, report } = source;
  const secret = section.get("secret");
  if (secret === undefined) {
    const [origin = source.origin] = type.origins ?? [];
    report.add(origin, "it needs a secret; without one ldirectord always reports the server as down");
    return undefined;
  }
  return present([type, entry("secret", secret.value, [secret.origin]), login(source)]);
}

function sipProbe(type: Entry, source: ProbeSource): Probe {
  const { section, protocol } = source;
  const user = section.get("login");
  return present([
    type,
    entry("transport", protocol === "tcp" ? "tcp" : undefined),
    entry("uri", user === undefined ? undefined : `sip:${user.value}`, [user?.origin]),
    { key: "status", value: 200 },
  ]);
}

/** lvsctl's types for the services that need a login at most. */
const PLAIN_TYPES: Readonly<Partial<Record<LdirectordService, string>>> = {
  imap: "imap",
  imaps: "imaps",
  pop: "pop3",
  pops: "pop3s",
  nntp: "nntp",
  smtp: "smtp",
  submission: "submission",
};

/** Converts a negotiate check to a probe. */
export function negotiateProbe(
  service: LdirectordService,
  source: ProbeSource,
  options: { readonly origins: readonly Origin[]; readonly notes: readonly string[] },
): Probe {
  const ofType = (value: string): Entry => ({ key: "type", value, essential: true, ...options });
  switch (service) {
    case "http":
    case "http_proxy":
      return httpProbe(ofType("http"), source, service);
    case "https":
      return httpProbe(ofType("https"), source, service);
    case "simpletcp":
      return tcpTalk(ofType(source.protocol === "udp" ? "udp" : "tcp"), source);
    case "dns":
      return dnsProbe(ofType("dns"), source);
    case "mysql":
      return sqlProbe(ofType("mysql"), source);
    case "pgsql":
      return sqlProbe(ofType("postgresql"), source);
    case "oracle":
      source.report.add(
        options.origins.at(-1) ?? source.origin,
        "lvsctl does not support Oracle's protocol; it checks the connection only",
      );
      return [ofType("tcp")];
    case "ldap":
    case "ldaps":
      return ldapProbe(ofType(service), source);
    case "ftp":
      return ftpProbe(ofType("ftp"), source);
    case "radius":
      return radiusProbe(ofType("radius"), source);
    case "sip":
      return sipProbe(ofType("sip"), source);
    case "none":
      return undefined;
    default: {
      const type = ofType(PLAIN_TYPES[service] ?? service);
      const hasLogin = service !== "nntp" && service !== "smtp" && service !== "submission";
      return present([type, hasLogin ? login(source) : undefined, service.endsWith("s") ? UNVERIFIED : undefined]);
    }
  }
}

/** TLS settings of a check that names a host. */
function unverified(host: string | undefined): Entry {
  if (host === undefined || !/[A-Za-z]/.test(host)) return UNVERIFIED;
  const note = "lvsctl sends the host as the server's name (SNI), ldirectord sends none";
  return { ...UNVERIFIED, notes: [...UNVERIFIED.notes ?? [], note] };
}

const UNVERIFIED: Entry = {
  key: "tls",
  value: { verify: false },
  notes: ["ldirectord does not verify certificates"],
};
