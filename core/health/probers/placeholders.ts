import { type CheckedService, formatServerId, formatServiceId } from "../../model/mod.ts";
import type { ProbeTarget } from "../prober.ts";

/** What is told of a server and its service, by name. */
function valuesOf(options: { readonly target: ProbeTarget; readonly check: CheckedService }): Record<string, string> {
  const { target, check } = options;
  const { service } = check;
  const endpoint = service?.kind === "endpoint" ? service : undefined;
  return {
    server: formatServerId(target),
    address: target.address,
    port: String(target.port),
    service: service === undefined ? "" : formatServiceId(service),
    service_address: endpoint?.address ?? "",
    service_port: endpoint === undefined ? "" : String(endpoint.port),
    service_protocol: endpoint?.protocol ?? "",
    service_mark: service?.kind === "fwmark" ? String(service.mark) : "",
  };
}

/** Replaces `{server}`, `{address}`, `{port}`, `{service}` and the other names; others stay as they are. */
export function fillIn(
  text: string,
  options: { readonly target: ProbeTarget; readonly check: CheckedService },
): string {
  const values = valuesOf(options);
  return text.replace(/\{([a-z_]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The same as variables of an environment: `LVSCTL_SERVER` and so on. */
export function environmentOf(
  options: { readonly target: ProbeTarget; readonly check: CheckedService },
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(valuesOf(options)).map(([name, value]) => [`LVSCTL_${name.toUpperCase()}`, value]),
  );
}
