import { EXIT, LvsctlError } from "../errors/mod.ts";
import { visible } from "../model/mod.ts";

/** The default port of etcd's clients. */
const DEFAULT_PORT = 2379;

/** Most endpoints of a store. */
const MOST_ENDPOINTS = 16;

/** Where a configuration is stored. */
export interface StoreUrl {
  /** The address as a user writes it, without a `/` at its end. */
  readonly text: string;
  /** The endpoints: `host:port`, an IPv6 address in brackets. */
  readonly endpoints: readonly string[];
  /** Whether the connections use TLS. */
  readonly isSecure: boolean;
  /** The beginning of all keys, with a `/` at its end. */
  readonly prefix: string;
}

/**
 * Parses `etcd://HOST:2379,HOST2/PREFIX`; `etcds://` is the same over TLS.
 *
 * @throws {LvsctlError} If it has another form.
 */
export function parseStoreUrl(text: string): StoreUrl {
  const [, secure, hosts = "", path = ""] = /^etcd(s?):\/\/([^/]*)(.*)$/.exec(text) ?? [];
  if (secure === undefined) throw refusal(text, "it does not begin with etcd:// or etcds://");
  if (hosts.includes("@")) throw refusal(text, "it has a user name", "name a file with --store-login");
  const endpoints = hosts.split(",").map((host) => endpointOf(host) ?? "");
  if (endpoints.length > MOST_ENDPOINTS) throw refusal(text, `it has more than ${MOST_ENDPOINTS} hosts`);
  if (endpoints.includes("")) throw refusal(text, "a host is not HOST, HOST:PORT or [IPV6]:PORT");
  const name = path.replace(/^\/+|\/+$/g, "");
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(name) || name.length > 200) {
    throw refusal(text, "the prefix after the hosts is not letters, digits, dots, dashes and underscores, parted by /");
  }
  return {
    text: `etcd${secure}://${hosts}/${name}`,
    endpoints: [...new Set(endpoints)],
    isSecure: secure === "s",
    prefix: `/${name}/`,
  };
}

function endpointOf(text: string): string | undefined {
  const [, host, port = String(DEFAULT_PORT)] = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return host === undefined || Number(port) < 1 || Number(port) > 65535 ? undefined : `${host}:${port}`;
}

function refusal(text: string, reason: string, hint = "write it as etcd://HOST:2379,HOST2:2379/PREFIX"): LvsctlError {
  const object = visible(text.replace(/\/\/.*@/, "//***@"));
  return new LvsctlError(reason, { operation: "use the store", object, hint, exitCode: EXIT.usage });
}
