import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import { type DesiredService, formatServerId, formatServiceId, visible } from "../../../core/model/mod.ts";

/** The part of a file to check. */
export interface CheckSelection {
  /** Services by identity, such as `tcp://192.0.2.10:80`, or by name; undefined: all. */
  readonly services?: readonly string[] | undefined;
  /** Servers by `ADDRESS:PORT`, or by address alone; undefined: all. */
  readonly servers?: readonly string[] | undefined;
}

/**
 * The selected services, each with its selected servers. A service with only a part of its servers has no quorum.
 *
 * @throws {LvsctlError} If the file has no such service, or if these services have no such server.
 */
export function selectServices(
  services: readonly DesiredService[],
  { services: names, servers: texts }: CheckSelection,
): readonly DesiredService[] {
  const named = names === undefined
    ? services
    : services.filter((service) => names.some((name) => isNamed(service, name)));
  const missing = names?.find((name) => !services.some((service) => isNamed(service, name)));
  if (missing !== undefined) throw absent("service", missing, services.map(nameOf));
  if (texts === undefined) return named;
  const all = named.flatMap(({ servers }) => servers.map(formatServerId));
  const unknown = texts.find((text) =>
    !named.some(({ servers }) => servers.some((server) => isSelected(server, text)))
  );
  if (unknown !== undefined) throw absent("server", unknown, [...new Set(all)]);
  return named
    .map((service) => ({
      ...service,
      servers: service.servers.filter((server) => texts.some((text) => isSelected(server, text))),
      quorum: { ...service.quorum, amount: 0, hysteresis: 0 },
    }))
    .filter(({ servers }) => servers.length > 0);
}

function isNamed(service: DesiredService, name: string): boolean {
  return service.name === name || formatServiceId(service.service.id) === name;
}

function isSelected(server: DesiredService["servers"][number], text: string): boolean {
  return formatServerId(server) === text || server.address === text || `[${server.address}]` === text;
}

function nameOf({ name, service }: DesiredService): string {
  return name ?? formatServiceId(service.id);
}

/** The most names that a message lists. */
const LISTED = 10;

function absent(what: string, name: string, known: readonly string[]): LvsctlError {
  const more = known.length > LISTED ? `, and ${known.length - LISTED} more` : "";
  return new LvsctlError(`the file has no ${what} "${visible(name)}"`, {
    hint: `it has ${[...new Set(known)].slice(0, LISTED).join(", ")}${more}`,
    exitCode: EXIT.usage,
  });
}
