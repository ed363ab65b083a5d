import { type Connection, connectionService, formatConnectionEnd } from "./connection.ts";

/** Groupings of connections for counting. */
export const CONNECTION_GROUPS = ["service", "server", "client", "state"] as const;

/** One of {@linkcode CONNECTION_GROUPS}. */
export type ConnectionGroup = (typeof CONNECTION_GROUPS)[number];

/** Numbers of entries in the connection table. */
export interface ConnectionCount {
  /** Connections. */
  readonly connections: number;
  /** Persistence templates. */
  readonly templates: number;
}

/** Numbers of entries of one group. */
export interface GroupCount extends ConnectionCount {
  /** Name of the group: a virtual service, a real server, a client's address, or a state. */
  readonly name: string;
}

const GROUP_NAMES: Readonly<Record<ConnectionGroup, (connection: Connection) => string>> = {
  service: connectionService,
  server: ({ server }) => formatConnectionEnd(server),
  client: ({ client }) => client.address,
  state: ({ state }) => state,
};

/** Counts connections one by one, and stores only the counts of the groups. */
export class Tally {
  readonly #nameOf: (connection: Connection) => string;
  readonly #counts = new Map<string, { connections: number; templates: number }>();

  /** Starts counting by a grouping. */
  constructor(group: ConnectionGroup) {
    this.#nameOf = GROUP_NAMES[group];
  }

  /** The number of all entries. */
  get total(): ConnectionCount {
    let [connections, templates] = [0, 0];
    for (const count of this.#counts.values()) {
      connections += count.connections;
      templates += count.templates;
    }
    return { connections, templates };
  }

  /** Counts one connection. */
  add(connection: Connection): void {
    const count = this.#countOf(this.#nameOf(connection));
    if (connection.isTemplate) count.templates++;
    else count.connections++;
  }

  /** Adds numbers to a group. */
  addCount({ name, connections, templates }: GroupCount): void {
    const count = this.#countOf(name);
    count.connections += connections;
    count.templates += templates;
  }

  #countOf(name: string): { connections: number; templates: number } {
    let count = this.#counts.get(name);
    if (count === undefined) this.#counts.set(name, count = { connections: 0, templates: 0 });
    return count;
  }

  /**
   * The groups, largest first: by connections, then templates, then name.
   *
   * @param limit Number of groups; all by default.
   */
  groups(limit?: number): GroupCount[] {
    return [...this.#counts].map(([name, count]) => ({ name, ...count }))
      .sort((a, b) => b.connections - a.connections || b.templates - a.templates || (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }
}
