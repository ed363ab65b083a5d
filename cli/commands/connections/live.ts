import {
  type Connection,
  connectionService,
  formatConnectionEnd,
  type GroupCount,
  Tally,
} from "../../../core/connections/mod.ts";
import { ConnectionLines, formatGroups } from "../../format/connections.ts";
import { count, groupDigits } from "../../format/count.ts";
import type { Context } from "../../context/context.ts";
import type { FrameContent } from "../../terminal/frame.ts";
import { showLive } from "../../terminal/live_view.ts";
import type { CounterReader } from "./counters.ts";
import { type ConnectionView, wantedConnections } from "./view.ts";

/** The number of connections that a frame keeps, to scroll and sort them; the others are only counted. */
const MAX_KEPT = 10_000;

/** The connections at one time, for a frame. */
interface Reading {
  /** The number of connections. */
  readonly connections: number;
  /** The number of persistence templates. */
  readonly templates: number;
  /** The first connections and templates. */
  readonly kept: readonly Connection[];
  /** The groups; none without grouping. */
  readonly groups: readonly GroupCount[];
}

/** Shows connections on a terminal, and updates them at an interval. */
export async function watchConnectionsLive(
  context: Context,
  view: ConnectionView,
  { counters, intervalMs }: { readonly counters: CounterReader | undefined; readonly intervalMs: number },
): Promise<void> {
  const { as } = view;
  const top = "groupBy" in as ? as.top : undefined;
  const read = async (): Promise<{ readonly data: Reading }> => {
    const tally = await counters?.();
    if (tally !== undefined) return { data: { ...tally.total, kept: [], groups: tally.groups(top) } };
    using list = context.openConnections();
    return { data: readAll(wantedConnections(list, view), view) };
  };
  const frame = { read, intervalMs };
  if ("groupBy" in as) {
    const { groupBy } = as;
    return await showLive(context, {
      ...frame,
      sorts: GROUP_ORDERS,
      content: (reading, order) => groupContent(reading, { groupBy, order }),
    });
  }
  await showLive(context, {
    ...frame,
    sorts: "rows" in as ? Object.keys(ORDERS) : [],
    content: "rows" in as ? rowContent : countContent,
  });
}

function readAll(wanted: Iterable<Connection>, { as }: ConnectionView): Reading {
  const tally = "groupBy" in as ? new Tally(as.groupBy) : undefined;
  const kept: Connection[] = [];
  let [connections, templates] = [0, 0];
  for (const connection of wanted) {
    connection.isTemplate ? templates++ : connections++;
    if ("rows" in as && kept.length < MAX_KEPT) kept.push(connection);
    tally?.add(connection);
  }
  return { connections, templates, kept, groups: tally?.groups("groupBy" in as ? as.top : undefined) ?? [] };
}

function titleOf({ connections, templates, kept }: Reading): string {
  const counts = `${count(connections, "connection")}, ${count(templates, "persistence template")}`;
  return kept.length === MAX_KEPT ? `${counts}; the first ${groupDigits(MAX_KEPT)} are shown` : counts;
}

/** The orders of connections: the kernel's, or by a part of them. */
const ORDERS: Readonly<Record<string, ((connection: Connection) => string | number) | undefined>> = {
  kernel: undefined,
  client: ({ client }) => formatConnectionEnd(client),
  service: connectionService,
  server: ({ server }) => formatConnectionEnd(server),
  state: ({ state }) => state,
  expires: ({ expiresSeconds }) => expiresSeconds,
};

function rowContent(reading: Reading, order: string): FrameContent<Connection> {
  const keyOf = ORDERS[order];
  return {
    title: titleOf(reading),
    items: keyOf === undefined ? reading.kept : sortedBy(reading.kept, keyOf),
    sizeOf: () => 1,
    textOf: (connection) => {
      const { protocol, state, client, virtual, server } = connection;
      const ends = [client, virtual, server].map(formatConnectionEnd);
      return [protocol, state, connectionService(connection), ...ends].join(" ");
    },
    layOut: (connections, width) => {
      const [head = "", ...body] = new ConnectionLines({ width }).titledLines(connections);
      return { head: [head], body };
    },
  };
}

function sortedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string | number): readonly Item[] {
  return items.map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
    .map(({ item }) => item);
}

const GROUP_ORDERS = ["connections", "name"] as const;

function groupContent(
  reading: Reading,
  { groupBy, order }: { readonly groupBy: Parameters<typeof formatGroups>[0]; readonly order: string },
): FrameContent<GroupCount> {
  const { groups } = reading;
  return {
    title: `${titleOf(reading)}; ${count(groups.length, "group")}`,
    items: order === "name" ? sortedBy(groups, ({ name }) => name) : groups,
    sizeOf: () => 1,
    textOf: ({ name }) => name,
    layOut: (counts, width) => {
      const [head = "", ...body] = formatGroups(groupBy, counts, { width, titled: true });
      return { head: [head], body };
    },
  };
}

/** The title has the numbers. */
function countContent(reading: Reading): FrameContent<Connection> {
  return {
    title: titleOf(reading),
    items: [],
    sizeOf: () => 1,
    textOf: () => "",
    layOut: () => ({ head: [], body: [] }),
  };
}
