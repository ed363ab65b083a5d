import { type Connection, type ConnectionGroup, readConnections, Tally } from "../../../core/connections/mod.ts";
import {
  connectionJson,
  ConnectionLines,
  ConnectionTable,
  formatGroups,
  groupsJson,
  NO_CONNECTIONS,
} from "../../format/connections.ts";
import { type Json, printJson, printJsonList } from "../../format/json.ts";
import type { Io } from "../../context/io.ts";
import { printLines } from "../../terminal/display.ts";
import { Output } from "../../context/buffered_output.ts";

/** A choice of connections and of their form. */
export interface ConnectionView {
  /** Whether a connection is shown or counted. */
  readonly isWanted: (connection: Connection) => boolean;
  /** A row for each connection, their number, or their numbers by group. */
  readonly as:
    | { readonly rows: true }
    | { readonly count: true }
    | { readonly groupBy: ConnectionGroup; readonly top: number | undefined };
  /** Whether JSON is printed instead of text. */
  readonly json: boolean;
  /** The largest width of a line of text; undefined for any. */
  readonly width?: number | undefined;
}

/** The number of rows from which the widths of the columns on a terminal are known. */
const FIRST_ROWS = 200;

/**
 * Shows the kernel's connections while reading them; memory does not grow with their number.
 *
 * @param io The output.
 * @param options.list The bytes of the kernel's list.
 * @param options.view The choice of connections and of their form.
 * @param options.isRepeated Whether they are shown repeatedly: then JSON has one line each time.
 * @param options.onRead Called now and then with the number of connections that were read.
 * @throws {LvsctlError} If the list cannot be read; rows may have been shown by then.
 */
export function showConnections(
  io: Io,
  { list, view, isRepeated = false, onRead }: {
    readonly list: Iterable<Uint8Array>;
    readonly view: ConnectionView;
    readonly isRepeated?: boolean;
    readonly onRead?: (read: number) => void;
  },
): void {
  const { as, json, width } = view;
  const wanted = wantedConnections(list, { isWanted: view.isWanted, onRead });
  if ("rows" in as) {
    if (json) return printRowsJson(io, wanted, { isRepeated });
    return width === undefined ? printRows(io, wanted) : printLinesOf(io, wanted, { width });
  }
  const tally = new Tally("groupBy" in as ? as.groupBy : "state");
  for (const connection of wanted) tally.add(connection);
  printTally(io, { tally, as, view, isRepeated, source: "list" });
}

/**
 * Shows the numbers of connections that the counters of the real servers have.
 *
 * @param io The output.
 * @param options.tally The numbers by server.
 * @param options.view The form.
 * @param options.isRepeated Whether they are shown repeatedly: then JSON has one line each time.
 */
export function showCounters(
  io: Io,
  { tally, view, isRepeated = false }: {
    readonly tally: Tally;
    readonly view: ConnectionView;
    readonly isRepeated?: boolean;
  },
): void {
  const { as } = view;
  if (!("rows" in as)) printTally(io, { tally, as, view, isRepeated, source: "counters" });
}

/** Prints a number or groups, and where they come from. */
function printTally(
  io: Io,
  { tally, as, view: { json, width }, isRepeated, source }: {
    readonly tally: Tally;
    readonly as: Exclude<ConnectionView["as"], { readonly rows: true }>;
    readonly view: ConnectionView;
    readonly isRepeated: boolean;
    readonly source: "counters" | "list";
  },
): void {
  if ("count" in as) {
    const { connections, templates } = tally.total;
    if (json) printJson(io, { count: { connections, templates }, source }, { isRepeated });
    else io.out(`${connections + templates}\n`);
    return;
  }
  const groups = tally.groups(as.top);
  if (json) printJson(io, { ...groupsJson(as.groupBy, groups), source }, { isRepeated });
  else printLines(io, formatGroups(as.groupBy, groups, { width }));
}

/** The number of connections between two calls of `onRead`: the kernel takes a tenth of a second for 1,000. */
const PER_CALL = 1000;

/** The connections of the kernel's list that are wanted; see {@linkcode showConnections}. */
export function* wantedConnections(
  list: Iterable<Uint8Array>,
  { isWanted, onRead }: {
    readonly isWanted: ConnectionView["isWanted"];
    readonly onRead?: ((read: number) => void) | undefined;
  },
): Generator<Connection, void, undefined> {
  let read = 0;
  for (const connection of readConnections(list)) {
    if (++read % PER_CALL === 0) onRead?.(read);
    if (isWanted(connection)) yield connection;
  }
}

function printRows(io: Io, connections: Iterable<Connection>): void {
  const table = new ConnectionTable();
  const output = new Output(io);
  let isEmpty = true;
  for (const connection of connections) {
    if (isEmpty) output.write(table.header());
    isEmpty = false;
    output.write(table.row(connection));
  }
  if (isEmpty) output.write(`${NO_CONNECTIONS}\n`);
  output.flush();
}

function printLinesOf(io: Io, connections: Iterable<Connection>, options: { readonly width: number }): void {
  const lines = new ConnectionLines(options);
  let pending: Connection[] = [];
  const print = (): void => {
    printLines(io, lines.lines(pending), { color: "never" });
    pending = [];
  };
  for (const connection of connections) if (pending.push(connection) === FIRST_ROWS) print();
  print();
}

function printRowsJson(io: Io, connections: Iterable<Connection>, options: { readonly isRepeated: boolean }): void {
  printJsonList(io, { body: {}, key: "connections", items: jsonOf(connections) }, options);
}

function* jsonOf(connections: Iterable<Connection>): Generator<Json, void, undefined> {
  for (const connection of connections) yield connectionJson(connection);
}
