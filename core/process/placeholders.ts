import {
  formatServerId,
  formatServiceId,
  type ServerId,
  type ServerPlaceholder,
  type ServiceId,
} from "../model/mod.ts";

/** What a command is told, by name: in its arguments as `{name}`, in its environment as `LVSCTL_NAME`. */
export type Placeholders = Readonly<Record<string, string>>;

/** What is told of a server. */
export function serverPlaceholders(server: ServerId): Readonly<Record<"server" | "address" | "port", string>> {
  return { server: formatServerId(server), address: server.address, port: String(server.port) };
}

/** What is told of a virtual service; of none, that there is none. */
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

/** Replaces `{server}`, `{address}`, `{port}`, `{service}` and the other names; others stay as they are. */
export function fillIn(text: string, values: Placeholders): string {
  return text.replace(
    /\{([a-z_]+)\}/g,
    (whole, name: string) => Object.hasOwn(values, name) ? values[name] ?? "" : whole,
  );
}

/** The same as variables of an environment: `LVSCTL_SERVER` and so on. */
export function environmentOf(values: Placeholders): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`LVSCTL_${name.toUpperCase()}`, value]));
}
