import {
  type Connection,
  type ConnectionGroup,
  connectionService,
  formatConnectionEnd,
  type GroupCount,
} from "../../core/connections/mod.ts";
import { visible } from "../../core/model/mod.ts";
import { alignColumns } from "./columns.ts";
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
    const { protocol, state, expiresSeconds, client, virtual, server, engine } = connection;
    const service = connectionService(connection);
    return this.#line([
      protocol,
      state,
      clockTime(expiresSeconds),
      formatConnectionEnd(client),
      // The protocol has its own column; a firewall mark has no address.
      service.startsWith("fwmark") ? service : formatConnectionEnd(virtual),
      formatConnectionEnd(server),
      engine === undefined ? "" : `${engine.name} ${visible(engine.data)}`,
    ]);
  }

  #line(cells: readonly string[]): string {
    const padded = cells.map((cell, column) => {
      const width = Math.max(this.#widths[column] ?? 0, column === cells.length - 1 ? 0 : cell.length);
      this.#widths[column] = width;
      return column === EXPIRES_COLUMN ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${padded.join("  ").trimEnd()}\n`;
  }
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
    client: formatConnectionEnd(client),
    virtual: formatConnectionEnd(virtual),
    service: connectionService(connection),
    server: formatConnectionEnd(server),
    template: isTemplate,
    engine: engine === undefined ? null : { ...engine },
  };
}

/** The counts of groups, as a table. */
export function formatGroups(group: ConnectionGroup, counts: readonly GroupCount[]): string {
  const rows = counts.map(({ name, connections, templates }) => [name, String(connections), String(templates)]);
  return alignColumns([[group.toUpperCase(), "CONNECTIONS", "TEMPLATES"], ...rows], ["left", "right", "right"])
    .map((line) => `${line}\n`).join("");
}

/** The counts of groups, as JSON. */
export function groupsJson(group: ConnectionGroup, counts: readonly GroupCount[]): Json {
  return counts.map(({ name, connections, templates }) => ({ [group]: name, connections, templates }));
}
