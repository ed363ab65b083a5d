import { fieldsOf } from "../json/mod.ts";
import { AgentRecords, HealthRecords, type StoredAgentRecords, type StoredHealthRecords } from "../health/mod.ts";
import { readRememberedServices, type RememberedService, type StoredService } from "../effective/mod.ts";

/** How old the last result of a server may be for its health to remain valid; milliseconds. */
const STATE_VALID_MS = 120_000;

/** The state that a daemon stores for the next one, as a plain JSON value. */
export interface StoredState {
  /** Version of the format. */
  readonly version: 2;
  /** The machine's boot id: after another boot the table is new. */
  readonly boot: string;
  /** When it was written; milliseconds since 1970. */
  readonly at: number;
  /** The health of the servers. */
  readonly health: StoredHealthRecords;
  /** The reports of their agents. */
  readonly agents: StoredAgentRecords;
  /** The records of the services' last pass, by their names. */
  readonly standings: Readonly<Record<string, StoredService>>;
  /** The state of other parts of the process, by their names; each reads its own. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** The still valid part of a stored state. */
export interface RestoredState {
  /** The health of recently checked servers. */
  readonly records: HealthRecords;
  /** The reports of their agents. */
  readonly agents: AgentRecords;
  /** The records of the services' last pass, by their names. */
  readonly remembered: ReadonlyMap<string, RememberedService>;
  /** The state of other parts of the process. */
  readonly more: Readonly<Record<string, unknown>>;
}

/**
 * Reads the still valid part of a stored state.
 *
 * The table is the truth about serving servers: a server without a state is unknown, and stays as the kernel has it. So
 * everything doubtful is forgotten: all state of another boot, whose table is gone, and servers whose last result is old
 * or, after the time of day was set back, in the future. The record of sent notifications (`more`) remains valid.
 *
 * @param value The stored state; an unreadable part counts as absent.
 * @param options.boot The present boot id.
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
    remembered: readRememberedServices(standings),
    more,
  };
}

/** Records with only the last result of each server: the earlier ones are for display, and most of the file's size. */
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
