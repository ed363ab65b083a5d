import type { IpAddress } from "./address.ts";
import type { TlsSettings } from "./check_parts.ts";
import type { ServerId } from "./server.ts";

/** Families of addresses that a name is resolved to. */
export const NAME_FAMILIES = ["both", "ipv4", "ipv6"] as const;

/** How names are looked up by DNS. */
export interface DnsSettings {
  /** The domain name, without a dot at its end. */
  readonly name: string;
  /** The name servers; undefined: those of /etc/resolv.conf. */
  readonly nameServers?: readonly ServerId[];
  /** Families of addresses to ask for. */
  readonly family: (typeof NAME_FAMILIES)[number];
  /** Shortest time between two questions, whatever the TTL is; milliseconds. */
  readonly minTtlMs: number;
  /** Longest time between two questions, whatever the TTL is; milliseconds. */
  readonly maxTtlMs: number;
}

/** How an HTTP API is asked. */
export interface ApiSettings {
  /** URL: of the document, or of the API without a path. */
  readonly url: string;
  /** Additional headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Path of a file with a token, which is read for each request; undefined: no token. */
  readonly tokenFile?: string;
  /** TLS settings for https. */
  readonly tls: TlsSettings;
}

/** A place that lists real servers. */
export type DiscoverySource =
  /** SRV records, which have ports and weights. */
  | ({ readonly kind: "srv" } & DnsSettings)
  /** Address records. */
  | ({ readonly kind: "names" } & DnsSettings)
  /** A file in Prometheus' file_sd format. */
  | {
    readonly kind: "file";
    /** Absolute path. */
    readonly path: string;
    /** Time between two readings; milliseconds. */
    readonly refreshMs: number;
    /** The label that has the weight. */
    readonly weightLabel: string;
  }
  /** A document in Prometheus' http_sd format. */
  | ({ readonly kind: "http"; readonly refreshMs: number; readonly weightLabel: string } & ApiSettings)
  /** The health of a service in Consul. */
  | ({
    readonly kind: "consul";
    /** Name of the service. */
    readonly service: string;
    /** Tags that an instance must have. */
    readonly tags: readonly string[];
    /** Datacenter; undefined: the agent's. */
    readonly datacenter?: string;
  } & ApiSettings)
  /** The EndpointSlices of a Kubernetes service. */
  | ({
    readonly kind: "kubernetes";
    /** Namespace. */
    readonly namespace: string;
    /** Name of the service. */
    readonly service: string;
    /** Name of the port; undefined: the only port. */
    readonly portName?: string;
  } & ApiSettings);

/** A source of a file, with the rules for its lists. */
export interface Discovery {
  /** Name for users, unique among the sources of a file: "srv _http._tcp.web.example.com". */
  readonly name: string;
  /** The source. */
  readonly source: DiscoverySource;
  /** Time limit of one question; milliseconds. */
  readonly timeoutMs: number;
  /** Largest share of servers that a new list may lack, in percent. */
  readonly maxLossPercent: number;
  /** How long a list that lacks more is refused; milliseconds. */
  readonly holdMs: number;
}

/** A real server in a list. */
export interface DiscoveredServer {
  /** Address. */
  readonly address: IpAddress;
  /** Port; undefined: the file has it. */
  readonly port?: number | undefined;
  /** Weight; undefined: the file has it. */
  readonly weight?: number | undefined;
}

/** The servers of a source, or the reason why none are known. */
export type DiscoveryAnswer = { readonly servers: readonly DiscoveredServer[] } | { readonly failure: string };

/** Default rules for lists. */
export const DEFAULT_DISCOVERY = { maxLossPercent: 50, holdMs: 300_000, timeoutMs: 5000 } as const;

/** The name of a source for users; it has no login of a URL. */
export function discoveryName(source: DiscoverySource): string {
  switch (source.kind) {
    case "srv":
    case "names":
      return `${source.kind} ${source.name}`;
    case "file":
      return `file ${source.path}`;
    case "http":
      return `http ${plainUrl(source.url)}`;
    case "consul": {
      const { service, tags, datacenter, url } = source;
      const parts = [service, ...tags.map((tag) => `tag ${tag}`), ...(datacenter === undefined ? [] : [datacenter])];
      return `consul ${parts.join(", ")} at ${plainUrl(url)}`;
    }
    case "kubernetes": {
      const { namespace, service, portName, url } = source;
      const port = portName === undefined ? "" : `, port ${portName}`;
      return `kubernetes ${namespace}/${service}${port} at ${plainUrl(url)}`;
    }
  }
}

function plainUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
