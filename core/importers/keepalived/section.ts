import { formatOrigin, type Origin } from "../document.ts";
import { rawByteIn } from "../foreign_bytes.ts";
import { type Report, withName } from "../imported.ts";
import type { Statement } from "./statement.ts";
import type { Form } from "./values.ts";

/** The treatment of a directive. */
export type Rule =
  /** It is imported if its words have the form; `as` is its other name, and a list may have several of it. */
  | { readonly form: Form; readonly as?: string; readonly isList?: boolean }
  /** It has no counterpart and is reported, with this reason. */
  | { readonly lost: string }
  /** It is not needed; a comment gives this reason. */
  | { readonly idle: string };

/** The rules of a block's directives, by keyword. */
export type Rules = Readonly<Record<string, Rule>>;

/** Receives the directives that are not imported. */
export interface Listeners {
  /** Receives the directives without a counterpart. */
  readonly report: Report;
  /** Receives comments for the start of the file about directives that are not needed. */
  readonly idle: Set<string>;
}

/** The valid statements of a block, by keyword. */
export class Section {
  /** Its place in the file. */
  readonly origin: Origin;
  readonly #statements: ReadonlyMap<string, readonly Statement[]>;

  /** Makes a section. */
  constructor(origin: Origin, statements: ReadonlyMap<string, readonly Statement[]> = new Map()) {
    this.origin = origin;
    this.#statements = statements;
  }

  /** Returns the last statement of a keyword, which counts. */
  get(keyword: string): Statement | undefined {
    return this.#statements.get(keyword)?.at(-1);
  }

  /** Returns all statements of a keyword. */
  all(keyword: string): readonly Statement[] {
    return this.#statements.get(keyword) ?? [];
  }
}

/** Returns the statement of a keyword in the first section that has one. */
export function nearest(keyword: string, sections: readonly (Section | undefined)[]): Statement | undefined {
  for (const section of sections) {
    const statement = section?.get(keyword);
    if (statement !== undefined) return statement;
  }
  return undefined;
}

/**
 * Reads the statements of a block by its rules. Directives that are invalid, unknown or without a counterpart are
 * reported and ignored, as keepalived does.
 *
 * @param options.other Returns the rule of a directive without one in `rules`; undefined if it is unknown.
 */
export function readSection(
  { origin, statements }: { readonly origin: Origin; readonly statements: readonly Statement[] },
  options: Listeners & { readonly rules: Rules; readonly other?: (keyword: string) => Rule | undefined },
): Section {
  const { rules, report, idle, other } = options;
  const valid = new Map<string, Statement[]>();
  for (const statement of statements) {
    const { keyword } = statement;
    const rule = Object.hasOwn(rules, keyword) ? rules[keyword] : other?.(keyword);
    if (rule === undefined) {
      report.add(withName(statement.origin), "unknown to keepalived 2.2.7 or to this importer");
    } else if ("lost" in rule) report.add(statement.origin, rule.lost);
    else if ("idle" in rule) idle.add(`${formatOrigin(statement.origin)}: ${rule.idle}`);
    else {
      const raw = rawByteIn(statement.words.join(" "));
      const expected = raw === undefined ? rule.form(statement) : `UTF-8 text, not the byte ${raw}`;
      const name = rule.as ?? keyword;
      if (expected !== undefined) report.add(statement.origin, problemOf(statement, expected));
      else if (rule.isList === true) valid.set(name, [...valid.get(name) ?? [], statement]);
      else valid.set(name, [statement]);
    }
  }
  return new Section(origin, valid);
}

/** Directives that keep keepalived 2.2.7 from starting if they have no value. */
const FATAL = new Set(
  ("connect_timeout retry delay_before_retry warmup delay_loop ip_family lvs_sched lb_algo lvs_method lb_kind " +
    "persistence_engine persistence_granularity protocol quorum hysteresis quorum_up quorum_down weight sorry_server " +
    "uthreshold lthreshold notify_up notify_down connect_ip connect_port bindto bind_port bind_if fwmark nb_get_retry " +
    "real_server virtual_server virtual_server_group type name misc_timeout min_reply_length max_reply_length path digest smtp_server")
    .split(" "),
);

function problemOf({ keyword, words }: Statement, expected: string): string {
  if (words.length > 0 || !FATAL.has(keyword)) return `it must be ${expected}; it is ignored`;
  return `it must be ${expected}; without it keepalived does not start`;
}

/** The statements of a block with its place. */
export function blockOf({ origin, block = [] }: Statement): {
  readonly origin: Origin;
  readonly statements: readonly Statement[];
} {
  return { origin, statements: block };
}
