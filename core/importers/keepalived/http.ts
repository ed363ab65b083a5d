import { type Entry, MappingBlock } from "../document.ts";
import { connectionEntries, entry } from "./connection.ts";
import { URL_BLOCK } from "./directives.ts";
import { pcreRegex } from "./pcre.ts";
import { blockOf, type Listeners, nearest, readSection, type Section } from "./section.ts";
import { isOn } from "./values.ts";
import type { Checker, Real, Virtual } from "./virtual.ts";

/** Options of {@linkcode httpParts}. */
export interface HttpOptions extends Listeners {
  /** The virtual server. */
  readonly virtual: Virtual;
  /** The SSL block of the file. */
  readonly ssl: Section | undefined;
}

/** Converts HTTP_GET or SSL_GET to the keys of a check for each URL. */
export function httpParts(
  checker: Checker,
  { real, options }: { readonly real: Real; readonly options: HttpOptions },
): readonly (readonly Entry[])[] {
  const { section } = checker;
  const urls = section.all("url").map((url) => readSection(blockOf(url), { ...options, rules: URL_BLOCK }));
  if (urls.length === 0) {
    options.report.add(section.origin, "it has no url, so keepalived ignores it");
    return [];
  }
  return urls.map((url) => urlEntries(url, { checker, real, options }));
}

function urlEntries(
  url: Section,
  { checker, real, options }: { readonly checker: Checker; readonly real: Real; readonly options: HttpOptions },
): readonly Entry[] {
  const { type, section } = checker;
  const path = url.get("path");
  const host = nearest("virtualhost", [url, section, real.section, real.owner ?? options.virtual.section]);
  const protocol = section.get("http_protocol");
  const version = protocol?.words[0] ?? "1.0";
  const entries: Entry[] = [{ key: "type", value: type === "SSL_GET" ? "https" : "http", origins: [url.origin] }];
  entries.push(entry("path", path?.words[0] ?? "/", path));
  entries.push(entry("version", version.slice(0, 3), protocol));
  if (host !== undefined) entries.push(entry("host", host.words[0] ?? "", host));
  entries.push(...connectionEntries(real, { section }));
  if (type === "SSL_GET") entries.push(tlsEntry(section, { host: host?.words[0], ssl: options.ssl }));
  const expect = expectEntries(url, options);
  if (expect.length > 0) entries.push({ key: "expect", value: new MappingBlock(expect) });
  return entries;
}

function tlsEntry(
  section: Section,
  { host, ssl }: { readonly host: string | undefined; readonly ssl: Section | undefined },
): Entry {
  const sni = section.get("enable_sni");
  const name = section.get("sni_name");
  const serverName = name?.words[0] ?? (isOn(sni) ? host : undefined);
  const isSent = serverName === undefined && host !== undefined && /[A-Za-z]/.test(host);
  const certificate = ssl?.get("certificate");
  const key = ssl?.get("key");
  return {
    key: "tls",
    value: new MappingBlock([
      {
        key: "verify",
        value: false,
        notes: [
          "keepalived does not verify certificates",
          ...(isSent ? ["lvsctl sends the host as the server's name (SNI), keepalived only with enable_sni"] : []),
        ],
      },
      serverName === undefined ? undefined : entry("server_name", serverName, name ?? sni),
      certificate === undefined ? undefined : entry("certificate", certificate.words[0] ?? "", certificate),
      key === undefined || certificate === undefined ? undefined : entry("key", key.words[0] ?? "", key),
    ]),
  };
}

function expectEntries(url: Section, { report }: Listeners): readonly Entry[] {
  const entries: Entry[] = [];
  const status = url.get("status_code");
  if (status !== undefined) {
    const codes = status.words.map((code) => /^\d+$/.test(code) ? Number(code) : code);
    entries.push(entry("status", codes.length === 1 ? codes[0] ?? "" : codes, status));
  }
  const regex = url.get("regex");
  if (regex !== undefined) {
    const translated = pcreRegex(regex.escaped[0] ?? "", url.all("regex_options").flatMap(({ words }) => words));
    if ("reason" in translated) report.add(regex.origin, translated.reason);
    else {
      const key = url.get("regex_no_match") === undefined ? "regex" : "not_regex";
      entries.push(entry(key, translated.regex, regex));
    }
  }
  const digest = url.get("digest");
  if (digest !== undefined) entries.push(entry("digest", `md5:${digest.words[0] ?? ""}`, digest));
  return entries;
}
