import type { Discovery, DiscoveryAnswer } from "../model/mod.ts";
import { apiAccess } from "./api.ts";
import { ConsulReader } from "./consul.ts";
import { DnsReader } from "./dns.ts";
import { failureReason } from "./failure.ts";
import { KubernetesReader } from "./kubernetes.ts";
import { FileListReader, HttpListReader } from "./prometheus.ts";
import type { SourceReader, SourceTools } from "./reader.ts";

/** Makes the reader of a source; it does nothing until it reads. */
export function openReader({ source, timeoutMs }: Discovery, tools: SourceTools): SourceReader {
  switch (source.kind) {
    case "srv":
    case "names":
      return new DnsReader(tools, { isSrv: source.kind === "srv", settings: source, timeoutMs });
    case "file":
      return new FileListReader(tools, { ...source, timeoutMs });
    case "http":
      return new HttpListReader(tools, { ...source, api: source, timeoutMs });
    case "consul":
      return new ConsulReader(apiAccess(tools, { source, timeoutMs }));
    case "kubernetes":
      return new KubernetesReader(apiAccess(tools, { source, timeoutMs }));
  }
}

/** Reads a source once, for a command; never throws. */
export async function readOnce(discovery: Discovery, tools: SourceTools): Promise<DiscoveryAnswer> {
  try {
    const { servers } = await openReader(discovery, tools).read(new AbortController().signal);
    return servers.length === 0 ? { failure: "the list is empty" } : { servers };
  } catch (error) {
    return { failure: failureReason(error) };
  }
}
