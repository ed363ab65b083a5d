import { commonForward } from "../config/mod.ts";
import { EXIT, LvsctlError } from "../errors/mod.ts";
import type { DesiredState, RealServer, VirtualService } from "../model/mod.ts";
import { type Entry, type Item, ListBlock, MappingBlock, type Origin } from "./document.ts";
import { finishDocument, type Imported, Report } from "./imported.ts";
import { serverValue, serviceEntries, syncDaemonValue, timeoutsValue } from "./table.ts";

/** How a file begins that was imported. */
export function headerFor(program: string, file: string): readonly string[] {
  return [
    `Made of ${
      file === "-" ? "standard input" : file
    } by "lvsctl import ${program}"; each comment says what it was made of.`,
  ];
}

/**
 * The error for a file in which nothing is to be found.
 *
 * @param what What it should have had.
 */
export function nothingIn(file: string, what: string): LvsctlError {
  return new LvsctlError(`there is no ${what} in it`, {
    operation: "import",
    object: file === "-" ? "<stdin>" : file,
    exitCode: EXIT.usage,
  });
}

/** A table, and where it comes from. */
export interface TableOrigin {
  /** The program whose file it is. */
  readonly program: string;
  /** Name of the file. */
  readonly file: string;
  /** Where a service is from, or a server of it. */
  originOf(service: VirtualService, server?: RealServer): Origin;
  /** What is known to have no counterpart. */
  readonly report?: Report;
}

/**
 * Makes a configuration file of a table that nobody checks.
 *
 * @throws {LvsctlError} If it is empty.
 */
export async function importTable(state: DesiredState, origin: TableOrigin): Promise<Imported> {
  const { program, file, originOf, report = new Report() } = origin;
  const { timeouts, syncDaemons, services } = state;
  if (services.length === 0 && timeouts === undefined && syncDaemons === undefined) {
    throw nothingIn(file, "virtual service");
  }
  const items = services.map(({ service, servers }): Item => {
    const forward = commonForward(servers);
    const entries: Entry[] = serviceEntries(service, { forward });
    if (servers.length > 0) {
      const value = servers.map((server): Item => ({
        value: serverValue(server, { inherited: forward }),
        origins: [originOf(service, server)],
      }));
      entries.push({ key: "servers", value: new ListBlock(value) });
    }
    return { value: new MappingBlock(entries), origins: [originOf(service)] };
  });
  const document = new MappingBlock([
    { key: "version", value: 1 },
    timeouts === undefined ? undefined : { key: "timeouts", value: timeoutsValue(timeouts) },
    syncDaemons === undefined ? undefined : {
      key: "sync_daemons",
      value: new ListBlock(syncDaemons.map((daemon) => ({ value: syncDaemonValue(daemon) }))),
    },
    items.length === 0 ? undefined : { key: "services", value: new ListBlock(items) },
  ]);
  return await finishDocument(document, { header: headerFor(program, file), report });
}
