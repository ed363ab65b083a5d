import { type Connection, connectionService, formatConnectionEnd } from "./connection.ts";

/** What connections can be counted by. */
export const CONNECTION_GROUPS = ["service", "server", "client", "state"] as const;

/** One of {@linkcode CONNECTION_GROUPS}. */
export type ConnectionGroup = (typeof CONNECTION_GROUPS)[number];

/** How many there are. */
export interface ConnectionCount {
  /** Connections. */
  readonly connections: number;
  /** Persistence templates. */
  readonly templates: number;
}

/** How many there are of one group. */
export interface GroupCount extends ConnectionCount {
  /** The group's name: a virtual service, a real server, a client's address, or a state. */
  readonly name: string;
}

const GROUP_NAMES: Readonly<Record<ConnectionGroup, (connection: Connection) => string>> = {
  service: connectionService,
  server: ({ server }) => formatConnectionEnd(server),
  client: ({ client }) => client.address,
  state: ({ state }) => state,
};

/** Counts connections as they come, and keeps none of them: memory is taken by the groups alone. */
export class Tally {
  readonly #nameOf: (connection: Connection) => string;
  readonly #counts = new Map<string, { connections: number; templates: number }>();

  /** Begins to count by a group. */
  constructor(group: ConnectionGroup) {
    this.#nameOf = GROUP_NAMES[group];
  }

  /** Counts one. */
  add(connection: Connection): void {
    const name = this.#nameOf(connection);
    let count = this.#counts.get(name);
    if (count === undefined) this.#counts.set(name, count = { connections: 0, templates: 0 });
    if (connection.isTemplate) count.templates++;
    else count.connections++;
  }

  /**
   * The groups, the one with the most first: by connections, then templates, then name.
   *
   * @param limit How many of them; all without.
   */
  groups(limit?: number): GroupCount[] {
    return [...this.#counts].map(([name, count]) => ({ name, ...count }))
      .sort((a, b) => b.connections - a.connections || b.templates - a.templates || (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }
}
