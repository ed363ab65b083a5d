import {
  type ApiSettings,
  defined,
  type Discovery,
  type DiscoveryAnswer,
  discoveryName,
  type DiscoverySource,
  type DnsSettings,
} from "../../model/mod.ts";
import { lookUpAll } from "../../time/mod.ts";
import type { CONSUL_SOURCE, HTTP_SOURCE, KUBERNETES_SOURCE, NAMES_SOURCE } from "../schema/discovery_schema.ts";
import { SOURCE_KINDS } from "../schema/discovery_schema.ts";
import type { SOURCE } from "../schema/server_schema.ts";
import type { SectionOf } from "../schema/types.ts";
import { readTls } from "./check_parts.ts";

/** A source in a list of servers. */
export type SourceSection = SectionOf<typeof SOURCE>;

/** Asks a source for its servers; never throws. */
export type DiscoveryResolver = (discovery: Discovery) => Promise<DiscoveryAnswer>;

/** Answers by the name of the source. */
export type DiscoveryAnswers = ReadonlyMap<string, DiscoveryAnswer>;

/** Asks every source once, several at the same time. */
export async function resolveSources(
  discoveries: readonly Discovery[],
  resolve: DiscoveryResolver,
): Promise<DiscoveryAnswers> {
  const named = new Map(discoveries.map((each) => [each.name, each]));
  return await lookUpAll(named.keys(), async (name) => {
    const discovery = named.get(name);
    return discovery === undefined ? { failure: "it is unknown" } : await resolve(discovery);
  });
}

/** Reads a source; undefined if it is not valid, which is reported. */
export function readSource(section: SourceSection): Discovery | undefined {
  const { values } = section;
  const [kind, other] = SOURCE_KINDS.filter((each) => section.nodeOf(each) !== undefined);
  if (other !== undefined) section.report([other, kind ?? other], `a source must have one of ${kind} and ${other}`);
  const source = sourceOf(section);
  if (source === undefined) return undefined;
  if ("minTtlMs" in source && source.minTtlMs > source.maxTtlMs) {
    section.report([source.kind], "min_ttl must not be longer than max_ttl");
  }
  return {
    name: discoveryName(source),
    source,
    timeoutMs: values.timeout,
    maxLossPercent: values.max_loss,
    holdMs: values.loss_hold,
  };
}

function sourceOf({ values }: SourceSection): DiscoverySource | undefined {
  const { srv, names, file, http, consul, kubernetes } = values;
  if (srv !== undefined) return srv.values.name === undefined ? undefined : { kind: "srv", ...readDns(srv) };
  if (names !== undefined) return names.values.name === undefined ? undefined : { kind: "names", ...readDns(names) };
  if (file !== undefined) {
    const { path, refresh: refreshMs, weight_label: weightLabel } = file.values;
    return path === undefined ? undefined : { kind: "file", path, refreshMs, weightLabel };
  }
  if (http !== undefined) {
    const { url, refresh: refreshMs, weight_label: weightLabel } = http.values;
    return url === undefined ? undefined : { kind: "http", refreshMs, weightLabel, ...readApi(http, url) };
  }
  if (consul !== undefined) {
    const { service, url, tags = [], datacenter } = consul.values;
    if (service === undefined) return undefined;
    return { kind: "consul", service, tags, ...defined({ datacenter }), ...readApi(consul, url) };
  }
  if (kubernetes === undefined) return undefined;
  const { service, namespace, port_name: portName, url } = kubernetes.values;
  if (service === undefined || url === undefined) return undefined;
  return { kind: "kubernetes", service, namespace, ...defined({ portName }), ...readApi(kubernetes, url) };
}

function readDns({ values }: SectionOf<typeof NAMES_SOURCE>): DnsSettings {
  const { name = "", name_servers: nameServers, family, min_ttl: minTtlMs, max_ttl: maxTtlMs } = values;
  return defined({ name: name.toLowerCase().replace(/(?<=.)\.$/, ""), nameServers, family, minTtlMs, maxTtlMs });
}

function readApi(
  section: SectionOf<typeof HTTP_SOURCE> | SectionOf<typeof CONSUL_SOURCE> | SectionOf<typeof KUBERNETES_SOURCE>,
  url: string,
): ApiSettings {
  const { headers = [], token_file: tokenFile, tls } = section.values;
  if (tls !== undefined && url.startsWith("http:")) {
    section.report(["tls", "url"], "tls is allowed only with an https URL");
  }
  return defined({ url, headers, tokenFile, tls: readTls(tls, new URL(url).host) });
}
