import { fieldsOf } from "../json/mod.ts";
import { AgentRecords, HealthRecords, type StoredAgentRecords, type StoredHealthRecords } from "../health/mod.ts";
import { readRememberedServices, type RememberedService } from "../effective/mod.ts";

/** How old the last result of a server may be for what is believed of it to hold on; milliseconds. */
export const STATE_VALID_MS = 120_000;

/** What a daemon leaves to the next one, as a plain JSON value. */
export interface StoredState {
  /** Version of the format. */
  readonly version: 2;
  /** The start of the machine that it is of: with another, the table has begun anew. */
  readonly boot: string;
  /** When it was written; milliseconds since 1970. */
  readonly at: number;
  /** What is believed of the servers. */
  readonly health: StoredHealthRecords;
  /** What their agents have said. */
  readonly agents: StoredAgentRecords;
  /** What is remembered of the services, by their names. */
  readonly standings: Readonly<Record<string, RememberedService>>;
  /** What else is kept, by the names of who keeps it; each reads its own. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** What can be gone on with. */
export interface RestoredState {
  /** What is believed of servers that were seen just now. */
  readonly records: HealthRecords;
  /** What their agents have said. */
  readonly agents: AgentRecords;
  /** What is remembered of the services, by their names. */
  readonly standings: ReadonlyMap<string, RememberedService>;
  /** What else was kept. */
  readonly more: Readonly<Record<string, unknown>>;
}

/**
 * What of a state that was stored still counts.
 *
 * The table is the truth for what serves: a server that is not believed in is unknown, and left as the kernel has it.
 * So whatever may no longer hold is forgotten: everything of another start of the machine, whose table has gone, and
 * servers whose last result is old or, after the time of day was set back, in the future. What only says who has been
 * told of what (`more`) holds on.
 *
 * @param value What was read; anything that is not understood is as if it had never been there.
 * @param options.boot The present start of the machine.
 * @param options.now The time of day; milliseconds since 1970.
 */
export function restoreState(
  value: unknown,
  options: { readonly boot: string; readonly now: number },
): RestoredState {
  const fields = fieldsOf(value);
  const known = fields["version"] === 2 ? fields : {};
  const more = fieldsOf(known["more"]);
  const { health, agents, standings } = known["boot"] === options.boot
    ? known
    : { health: undefined, agents: undefined, standings: undefined };
  const states = Object.entries(fieldsOf(fieldsOf(health)["states"]))
    .filter(([, state]) => isRecent(state, options.now));
  return {
    records: HealthRecords.fromJson({ ...fieldsOf(health), states: Object.fromEntries(states) }),
    agents: AgentRecords.fromJson(agents),
    standings: readRememberedServices(standings),
    more,
  };
}

/** Records without all but the last result of each server: the rest is for people, and would be most of the file. */
export function trimRecords(records: HealthRecords): StoredHealthRecords {
  const { version, states } = records.toJSON();
  const trimmed = Object.entries(states).map(([key, state]) => [key, { ...state, history: state.history.slice(-1) }]);
  return { version, states: Object.fromEntries(trimmed) };
}

function isRecent(state: unknown, now: number): boolean {
  const { history } = fieldsOf(state);
  const { at } = fieldsOf(Array.isArray(history) ? history.at(-1) : undefined);
  return typeof at === "number" && at <= now && now - at <= STATE_VALID_MS;
}
