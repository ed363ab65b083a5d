import { formatOrigin, type Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import type { Statement } from "./statement.ts";
import type { Form } from "./values.ts";

/** What becomes of a directive. */
export type Rule =
  /** It is read; what stands there has to have a form. */
  | { readonly form: Form; readonly as?: string; readonly isList?: boolean }
  /** It has no counterpart. */
  | { readonly lost: string }
  /** Nothing is lost without it; a comment says so. */
  | { readonly idle: string };

/** The directives of a block. */
export type Rules = Readonly<Record<string, Rule>>;

/** Who is told while blocks are read. */
export interface Listeners {
  /** Takes what has no counterpart. */
  readonly report: Report;
  /** Comments for the head of the file: what was not needed. */
  readonly idle: Set<string>;
}

/** The statements of a block that count, by their keywords. */
export class Section {
  /** Where it begins. */
  readonly origin: Origin;
  readonly #found = new Map<string, Statement[]>();

  /** Makes one. */
  constructor(origin: Origin, found: ReadonlyMap<string, Statement[]> = new Map()) {
    this.origin = origin;
    this.#found = new Map(found);
  }

  /** The last statement of a keyword, which is the one that counts. */
  get(keyword: string): Statement | undefined {
    return this.#found.get(keyword)?.at(-1);
  }

  /** Every statement of a keyword. */
  all(keyword: string): readonly Statement[] {
    return this.#found.get(keyword) ?? [];
  }

  /** Every keyword that there is. */
  get keywords(): readonly string[] {
    return [...this.#found.keys()];
  }
}

/** The first that is there, from the nearest to the farthest. */
export function nearest(keyword: string, sections: readonly (Section | undefined)[]): Statement | undefined {
  for (const section of sections) {
    const statement = section?.get(keyword);
    if (statement !== undefined) return statement;
  }
  return undefined;
}

/**
 * Reads the statements of a block by its rules. What is wrong, unknown or without counterpart is reported, and does
 * not count, as with keepalived.
 *
 * @param options.other What becomes of a directive that has no rule of its own; unknown ones are reported.
 */
export function readSection(
  { origin, statements }: { readonly origin: Origin; readonly statements: readonly Statement[] },
  options: Listeners & { readonly rules: Rules; readonly other?: (keyword: string) => Rule | undefined },
): Section {
  const { rules, report, idle, other } = options;
  const found = new Map<string, Statement[]>();
  for (const statement of statements) {
    const { keyword } = statement;
    const rule = Object.hasOwn(rules, keyword) ? rules[keyword] : other?.(keyword);
    if (rule === undefined) report.add(statement.origin, "unknown here, to keepalived 2.2.7 too or to this importer");
    else if ("lost" in rule) report.add(statement.origin, rule.lost);
    else if ("idle" in rule) idle.add(`${formatOrigin(statement.origin)}: ${rule.idle}`);
    else {
      const wanted = rule.form(statement);
      const name = rule.as ?? keyword;
      if (wanted !== undefined) report.add(statement.origin, `it has to be ${wanted}, so it does not count`);
      else if (rule.isList === true) found.set(name, [...found.get(name) ?? [], statement]);
      else found.set(name, [statement]);
    }
  }
  return new Section(origin, found);
}

/** A block's statements with the place where it begins. */
export function blockOf({ origin, block = [] }: Statement): {
  readonly origin: Origin;
  readonly statements: readonly Statement[];
} {
  return { origin, statements: block };
}
