import { commonForward } from "../config/mod.ts";
import { EXIT, LvsctlError } from "../errors/mod.ts";
import type { DesiredState, RealServer, VirtualService } from "../model/mod.ts";
import { type Entry, type Item, ListBlock, MappingBlock, type Origin } from "./document.ts";
import { finishDocument, type Imported, Report } from "./imported.ts";
import { serverValue, serviceEntries, syncDaemonValue, timeoutsValue } from "./table.ts";

/** The comments at the start of a converted file. */
export function headerFor(program: string, file: string): readonly string[] {
  return [
    `Converted from ${
      file === "-" ? "standard input" : file
    } by "lvsctl import ${program}"; comments name the source of each line.`,
  ];
}

/**
 * The error for a file without anything to import.
 *
 * @param what The object that the file should contain.
 */
export function nothingIn(file: string, what: string): LvsctlError {
  return new LvsctlError(`it has no ${what}`, {
    operation: "import",
    object: file === "-" ? "<stdin>" : file,
    hint: "check the file and the program in the command",
    exitCode: EXIT.usage,
  });
}

/** The source of a table. */
export interface TableOrigin {
  /** The program. */
  readonly program: string;
  /** Name of the file. */
  readonly file: string;
  /** Returns the place of a service, or of one of its servers. */
  originOf(service: VirtualService, server?: RealServer): Origin;
  /** The parts without a counterpart so far. */
  readonly report?: Report | undefined;
}

/**
 * Converts a table without checks to a configuration file.
 *
 * @throws {LvsctlError} If the table is empty.
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
