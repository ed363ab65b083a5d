import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { type DesiredService, formatServerId, formatServiceId } from "../../../core/model/mod.ts";
import { visible } from "../../options/arguments.ts";

/** What of a file is to be checked. */
export interface CheckSelection {
  /** Services by identity, as `tcp://192.0.2.10:80`, or by name; all without it. */
  readonly services?: readonly string[] | undefined;
  /** Servers by `ADDRESS:PORT`, or by address alone; all without it. */
  readonly servers?: readonly string[] | undefined;
}

/**
 * The services that are to be checked, each with the servers that are. Of a part of its servers no quorum is asked.
 *
 * @throws {LvsctlError} If the file has no such service, or none of these services such a server.
 */
export function selectServices(
  services: readonly DesiredService[],
  { services: names, servers: wanted }: CheckSelection,
): readonly DesiredService[] {
  const named = names === undefined
    ? services
    : services.filter((service) => names.some((name) => isNamed(service, name)));
  const missing = names?.find((name) => !services.some((service) => isNamed(service, name)));
  if (missing !== undefined) throw absent("service", missing, services.map(nameOf));
  if (wanted === undefined) return named;
  const all = named.flatMap(({ servers }) => servers.map(formatServerId));
  const unknown = wanted.find((text) => !named.some(({ servers }) => servers.some((server) => isMeant(server, text))));
  if (unknown !== undefined) throw absent("server", unknown, [...new Set(all)]);
  return named
    .map((service) => ({
      ...service,
      servers: service.servers.filter((server) => wanted.some((text) => isMeant(server, text))),
      quorum: { ...service.quorum, amount: 0, hysteresis: 0 },
    }))
    .filter(({ servers }) => servers.length > 0);
}

function isNamed(service: DesiredService, name: string): boolean {
  return service.name === name || formatServiceId(service.service.id) === name;
}

function isMeant(server: DesiredService["servers"][number], text: string): boolean {
  return formatServerId(server) === text || server.address === text || `[${server.address}]` === text;
}

function nameOf({ name, service }: DesiredService): string {
  return name ?? formatServiceId(service.id);
}

/** How many names a message lists. */
const LISTED = 10;

function absent(what: string, name: string, known: readonly string[]): LvsctlError {
  const more = known.length > LISTED ? `, and ${known.length - LISTED} more` : "";
  return new LvsctlError(`the file has no ${what} "${visible(name)}"`, {
    hint: `it has ${[...new Set(known)].slice(0, LISTED).join(", ")}${more}`,
    exitCode: EXIT.usage,
  });
}
