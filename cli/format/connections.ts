import {
  type Connection,
  type ConnectionGroup,
  connectionService,
  formatConnectionEnd,
  type GroupCount,
} from "../../core/connections/mod.ts";
import { visible } from "../../core/model/mod.ts";
import { type Cell, fitColumns, layOut, type TitledColumn, titledTable } from "../terminal/columns.ts";
import type { Line } from "../terminal/line.ts";
import type { Json } from "./json.ts";

const TITLES = ["PROTOCOL", "STATE", "EXPIRES", "CLIENT", "VIRTUAL SERVICE", "REAL SERVER", ""] as const;

/** Wide enough for IPv4 with ports of five digits; a wider cell widens its column in the rows after it. */
const WIDTHS = [8, 11, 7, 21, 21, 21, 0] as const;

const EXPIRES_COLUMN = 2;

/** The lines of a table, formatted one by one: the rows are not stored. */
export class ConnectionTable {
  readonly #widths: number[] = [...WIDTHS];

  /** The titles. */
  header(): string {
    return this.#line(TITLES);
  }

  /** The line of a connection. */
  row(connection: Connection): string {
    return this.#line(cellsOf(connection));
  }

  #line(cells: readonly string[]): string {
    const last = cells.length - 1;
    let line = "";
    for (let column = 0; column < last; column++) {
      const cell = cells[column] ?? "";
      const width = Math.max(this.#widths[column] ?? 0, cell.length);
      this.#widths[column] = width;
      line += column === EXPIRES_COLUMN ? cell.padStart(width) : cell.padEnd(width);
      line += "  ";
    }
    return `${(line + cells[last]).trimEnd()}\n`;
  }
}

/** The text in place of an empty list. */
export const NO_CONNECTIONS = "No connections";

/** The columns on a terminal. */
const TERMINAL_COLUMNS: readonly TitledColumn[] = [
  { title: "PROT" },
  { title: "STATE" },
  { title: "EXPIRES", align: "right" },
  { title: "CLIENT", cut: "middle" },
  { title: "VIRTUAL SERVICE", cut: "middle" },
  { title: "REAL SERVER", cut: "middle" },
];

/** Connections as lines of a terminal; the first ones decide the widths of the columns. */
export class ConnectionLines {
  readonly #width: number;
  #widths: readonly number[] | undefined;

  /**
   * Has no columns yet.
   *
   * @param options.width The largest width of a line.
   */
  constructor(options: { readonly width: number }) {
    this.#width = options.width;
  }

  /** The lines of connections; before the first ones, the titles. */
  lines(connections: readonly Connection[]): readonly Line[] {
    const isFirst = this.#widths === undefined;
    if (connections.length === 0) return isFirst ? [NO_CONNECTIONS] : [];
    return this.titledLines(connections).slice(isFirst ? 0 : 1);
  }

  /** The titles, and the lines of connections. */
  titledLines(connections: readonly Connection[]): readonly Line[] {
    const table = titledTable(TERMINAL_COLUMNS, connections.map(terminalCells));
    this.#widths ??= fitColumns(table, this.#width);
    return layOut(table, { width: this.#width, widths: this.#widths });
  }
}

function terminalCells(connection: Connection): readonly Cell[] {
  const [protocol = "", state = "", expires = "", client = "", virtual = "", server = "", engine = ""] = cellsOf(
    connection,
  );
  return [protocol, state, expires, client, virtual, { text: server, more: engine === "" ? undefined : `  ${engine}` }];
}

function cellsOf(connection: Connection): readonly string[] {
  const { protocol, state, expiresSeconds, client, virtual, server, engine } = connection;
  const service = connectionService(connection);
  return [
    protocol,
    state,
    clockTime(expiresSeconds),
    formatConnectionEnd(client),
    // The protocol has its own column; a firewall mark has no address.
    service.startsWith("fwmark") ? service : formatConnectionEnd(virtual),
    formatConnectionEnd(server),
    engine === undefined ? "" : `${engine.name} ${visible(engine.data)}`,
  ];
}

/** Minutes and seconds, in ipvsadm's form: "14:59". */
function clockTime(seconds: number): string {
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A connection as JSON. */
export function connectionJson(connection: Connection): Json {
  const { protocol, state, expiresSeconds, client, virtual, server, isTemplate, engine } = connection;
  return {
    protocol,
    state,
    expires_seconds: expiresSeconds,
    service: connectionService(connection),
    ...endJson("client", client),
    ...endJson("virtual", virtual),
    ...endJson("server", server),
    template: isTemplate,
    engine: engine === undefined ? null : { ...engine },
  };
}

/** An end of a connection: whole, and its parts. */
function endJson(name: string, end: Connection["client"]): { readonly [key: string]: Json } {
  return { [name]: formatConnectionEnd(end), [`${name}_address`]: end.address, [`${name}_port`]: end.port };
}

/**
 * The counts of groups, as a table.
 *
 * @param options.width The largest width of a line; undefined for any.
 * @param options.titled Whether an empty table has its titles too.
 */
export function formatGroups(
  group: ConnectionGroup,
  counts: readonly GroupCount[],
  { width, titled = false }: { readonly width?: number | undefined; readonly titled?: boolean | undefined } = {},
): readonly Line[] {
  if (counts.length === 0 && !titled) return [NO_CONNECTIONS];
  const rows = counts.map(({ name, connections, templates }) => [name, String(connections), String(templates)]);
  const columns: readonly TitledColumn[] = [
    { title: group.toUpperCase(), cut: "middle" },
    { title: "CONNECTIONS", align: "right" },
    { title: "TEMPLATES", align: "right" },
  ];
  return layOut(titledTable(columns, rows), { width });
}

/** The counts of groups, as JSON. */
export function groupsJson(
  group: ConnectionGroup,
  counts: readonly GroupCount[],
): { readonly [key: string]: Json } {
  return {
    group_by: group,
    groups: counts.map(({ name, connections, templates }) => ({ name, connections, templates })),
  };
}
