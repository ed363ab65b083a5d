import { type ConfigFile, readConfig } from "../../../core/config/mod.ts";
import type { DesiredState, PresentVip } from "../../../core/model/mod.ts";
import { type Plan, planFrom } from "../../../core/reconcile/mod.ts";
import { lintHost, printWarnings } from "../../config/read_config.ts";
import type { Context } from "../../context/context.ts";

/** The text of a version, and how messages name it. */
export interface Document {
  /** The text. */
  readonly text: string;
  /** Its file, or the version of the store. */
  readonly name: string;
}

/** A text as its directors read it. */
export interface ReadDocument {
  /**
   * The desired state of a director, by its name; a name that the text does not have is a director without variables of
   * its own. Without a name it is the state of the first host that the text names.
   *
   * @throws {LvsctlError} If it is not valid on that director.
   */
  of(host?: string): Promise<DesiredState>;
}

/**
 * Reads a text as directors do: it includes no files, and host names are not resolved. It is valid if it is on each host
 * that it names.
 *
 * @param options.warns Prints warnings on standard error.
 * @throws {LvsctlError} If it is not valid.
 */
export async function readDocument(
  { io, surroundings }: Context,
  { text, name }: Document,
  { warns = false }: { readonly warns?: boolean } = {},
): Promise<ReadDocument> {
  const { variables } = surroundings;
  const lint = warns ? lintHost(surroundings) : undefined;
  let hosts: readonly string[] = [];
  const read = async (host: string | undefined): Promise<ConfigFile> =>
    await readConfig(text, {
      file: host === undefined ? name : `${name} (${host})`,
      variables,
      lint,
      // A text that names hosts may be valid on them alone.
      host: (named) => host ?? (hosts = named)[0] ?? "",
    });
  const first = await read(undefined);
  const states = new Map<string, ConfigFile>();
  for (const [index, host] of hosts.entries()) states.set(host, index === 0 ? first : await read(host));
  const warnings = [first, ...states.values()].flatMap((file) => file.warnings);
  const distinct = new Map(warnings.map((warning) => [JSON.stringify(warning), warning]));
  printWarnings(io, { file: name, warnings: [...distinct.values()] });
  return {
    of: async (host) =>
      (hosts.length === 0 || host === undefined ? first : states.get(host) ?? await read(host)).desired,
  };
}

/** The changes from one version to another on a director whose table is as the first one requires. */
export function planBetween(before: DesiredState, after: DesiredState): Plan {
  const { timeouts = { tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 0 }, syncDaemons = [], services, vips } = before;
  const current = {
    timeouts,
    syncDaemons,
    services,
    vips: (vips ?? []).map((vip): PresentVip => ({ ...vip, owned: true, state: "up" })),
  };
  const target = {
    services: after.services,
    exact: true,
    timeouts: after.timeouts,
    syncDaemons: after.syncDaemons,
    vips: after.vips ?? [],
  };
  return { ...planFrom(current, target), before: current, target, only: undefined };
}
