import {
  formatServerId,
  formatServiceId,
  type ServerId,
  type ServerPlaceholder,
  type ServiceId,
} from "../model/mod.ts";

/** Values by name: `{name}` in a command's arguments, `LVSCTL_NAME` in its environment. */
export type Placeholders = Readonly<Record<string, string>>;

/** The placeholders of a server. */
export function serverPlaceholders(server: ServerId): Readonly<Record<"server" | "address" | "port", string>> {
  return { server: formatServerId(server), address: server.address, port: String(server.port) };
}

/** The placeholders of a virtual service; empty values without one. */
export function servicePlaceholders(
  service: ServiceId | undefined,
): Readonly<Record<Exclude<ServerPlaceholder, "server" | "address" | "port">, string>> {
  const endpoint = service?.kind === "endpoint" ? service : undefined;
  return {
    service: service === undefined ? "" : formatServiceId(service),
    service_address: endpoint?.address ?? "",
    service_port: endpoint === undefined ? "" : String(endpoint.port),
    service_protocol: endpoint?.protocol ?? "",
    service_mark: service?.kind === "fwmark" ? String(service.mark) : "",
  };
}

/** Replaces `{server}`, `{address}` and so on; unknown names stay unchanged. */
export function fillIn(text: string, values: Placeholders): string {
  return text.replace(
    /\{([a-z_]+)\}/g,
    (whole, name: string) => Object.hasOwn(values, name) ? values[name] ?? "" : whole,
  );
}

/** The placeholders as environment variables: `LVSCTL_SERVER` and so on. */
export function environmentOf(values: Placeholders): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`LVSCTL_${name.toUpperCase()}`, value]));
}
