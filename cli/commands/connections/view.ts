import { type Connection, type ConnectionGroup, readConnections, Tally } from "../../../core/connections/mod.ts";
import { connectionJson, ConnectionTable, formatGroups, groupsJson } from "../../format/connections.ts";
import { printJson } from "../../format/json.ts";
import type { Io } from "../../context/io.ts";
import { Output } from "../../context/buffered_output.ts";

/** Which connections are shown, and how. */
export interface ConnectionView {
  /** Whether one is shown or counted. */
  readonly isWanted: (connection: Connection) => boolean;
  /** A row for each, how many there are, or how many there are by a group. */
  readonly as:
    | { readonly rows: true }
    | { readonly count: true }
    | { readonly groupBy: ConnectionGroup; readonly top: number | undefined };
  /** As JSON, or for people. */
  readonly json: boolean;
}

/**
 * Shows the kernel's connections as they are read; none of them is kept.
 *
 * @param io Where to.
 * @param list The bytes of the kernel's list.
 * @param view Which, and how.
 * @throws {LvsctlError} If the list cannot be read; rows may have been shown by then.
 */
export function showConnections(io: Io, list: Iterable<Uint8Array>, view: ConnectionView): void {
  const { as, json } = view;
  const wanted = wantedConnections(list, view.isWanted);
  if ("rows" in as) return json ? printRowsJson(io, wanted) : printRows(io, wanted);
  if ("count" in as) {
    let [connections, templates] = [0, 0];
    for (const { isTemplate } of wanted) isTemplate ? templates++ : connections++;
    if (json) printJson(io, { connections, templates });
    else io.out(`${connections + templates}\n`);
    return;
  }
  const tally = new Tally(as.groupBy);
  for (const connection of wanted) tally.add(connection);
  const groups = tally.groups(as.top);
  if (json) printJson(io, groupsJson(as.groupBy, groups));
  else io.out(formatGroups(as.groupBy, groups));
}

function* wantedConnections(
  list: Iterable<Uint8Array>,
  isWanted: (connection: Connection) => boolean,
): Generator<Connection, void, undefined> {
  for (const connection of readConnections(list)) if (isWanted(connection)) yield connection;
}

function printRows(io: Io, connections: Iterable<Connection>): void {
  const table = new ConnectionTable();
  const output = new Output(io);
  output.write(table.header());
  for (const connection of connections) output.write(table.row(connection));
  output.flush();
}

/** An array with a line for each connection: it can be read by lines too. */
function printRowsJson(io: Io, connections: Iterable<Connection>): void {
  const output = new Output(io);
  let before = "[\n";
  for (const connection of connections) {
    output.write(`${before}  ${JSON.stringify(connectionJson(connection))}`);
    before = ",\n";
  }
  output.write(before === "[\n" ? "[]\n" : "\n]\n");
  output.flush();
}
