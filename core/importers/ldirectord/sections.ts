import { formatOrigin, type Origin } from "../document.ts";
import { rawByteIn } from "../foreign_bytes.ts";
import { type Report, withName } from "../imported.ts";
import { GLOBAL_DIRECTIVES, SECRET_DIRECTIVES, VIRTUAL_DIRECTIVES } from "./directives.ts";

/** A directive of the file. */
export interface Directive {
  /** Its effective value. */
  readonly value: string;
  /** Its place in the file. */
  readonly origin: Origin;
}

/** The directives of a virtual service, or the global directives. */
export class Section {
  readonly #values = new Map<string, Directive[]>();
  readonly #used = new Set<Directive>();

  /** Adds a directive; the last directive of a name counts. */
  add(name: string, directive: Directive): void {
    this.#values.set(name, [...this.#values.get(name) ?? [], directive]);
  }

  /** Returns the last directive of a name, and marks it as used. */
  get(name: string): Directive | undefined {
    const directive = this.#values.get(name)?.at(-1);
    if (directive !== undefined) this.#used.add(directive);
    return directive;
  }

  /** Whether a directive of a name exists; does not mark it as used. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Returns all directives of a name, and does not mark them as used. */
  written(name: string): readonly Directive[] {
    return this.#values.get(name) ?? [];
  }

  /** Returns all directives of a name, and marks them as used. */
  all(name: string): readonly Directive[] {
    const directives = this.#values.get(name) ?? [];
    for (const directive of directives) this.#used.add(directive);
    return directives;
  }

  /** A sentence for each unused directive, which has no effect. */
  get idle(): readonly string[] {
    return [...this.#values.values()].flat().filter((directive) => !this.#used.has(directive))
      .sort((a, b) => a.origin.line - b.origin.line)
      .map(({ origin }) => `${formatOrigin(origin)}: no effect`);
  }
}

/** A virtual service of the file. */
export interface VirtualSection {
  /** Its address or firewall mark, as text. */
  readonly address: string;
  /** Whether its family is IPv6. */
  readonly isIpv6: boolean;
  /** Its place in the file. */
  readonly origin: Origin;
  /** Its directives. */
  readonly section: Section;
}

/** The sections of a file. */
export interface Sections {
  /** The global directives. */
  readonly globals: Section;
  /** The virtual services. */
  readonly virtuals: readonly VirtualSection[];
}

/** What a mistake leads to. */
export const REFUSED = "ldirectord rejects the whole file";

/**
 * Splits a file into sections by the rules of ldirectord 1.186: a line that begins in the first column is global, a line
 * that is indented by four blanks or a tab belongs to the preceding virtual service; an empty line ends a virtual service.
 *
 * @param options.report Receives the directives that ldirectord would reject.
 */
export function readSections(text: string, options: { readonly file: string; readonly report: Report }): Sections {
  const { file, report } = options;
  const globals = new Section();
  const virtuals: VirtualSection[] = [];
  let current: VirtualSection | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const number = index + 1;
    if (current !== undefined) {
      if (/^\s*#/.test(line)) continue;
      const inside = line.replace(/#.*/s, "").replaceAll("\t", "    ");
      const [, directive] = /^ {4,}(.+)$/s.exec(inside) ?? [];
      if (directive !== undefined) {
        if (directive.trim() === "") {
          const origin = { file, line: number, column: 1, words: "(blanks)" };
          report.add(origin, `a line of more than four blanks is a directive for ldirectord; ${REFUSED}`);
          continue;
        }
        const column = line.search(/\S/) + 1;
        const place = { file, line: number, column, isIpv6: current.isIpv6 };
        readDirective(directive, { ...place, report, section: current.section, isVirtual: true });
        continue;
      }
      current = undefined;
    }
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, six, address] = /^virtual(6)?\s*=\s*(.*)$/s.exec(line) ?? [];
    if (address === undefined && /^\s/.test(line)) {
      const origin = { file, line: number, column: line.search(/\S/) + 1, words: line.trim() };
      report.add(
        isKnownDirective(/^[\w-]*/.exec(origin.words)?.[0] ?? "") ? origin : withName(origin),
        `it is indented but belongs to no virtual service, because an empty line ends one; ${REFUSED}`,
      );
      continue;
    }
    if (address === undefined) {
      readDirective(line, { file, line: number, column: 1, report, section: globals, isVirtual: false });
      continue;
    }
    const words = `virtual${six ?? ""} = ${address.trim()}`;
    const origin = { file, line: number, column: 1, words };
    current = { address: address.trim(), isIpv6: six !== undefined, origin, section: new Section() };
    virtuals.push(current);
  }
  return { globals, virtuals };
}

function isKnownDirective(name: string): boolean {
  return Object.hasOwn(VIRTUAL_DIRECTIVES, name) || Object.hasOwn(GLOBAL_DIRECTIVES, name);
}

function readDirective(
  text: string,
  place: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly report: Report;
    readonly section: Section;
    readonly isVirtual: boolean;
    readonly isIpv6?: boolean;
  },
): void {
  const { file, line, column, report, section, isVirtual, isIpv6 } = place;
  const [, name = "", rest = ""] = /^([\w-]+)\s*(?:=\s*(.*))?$/s.exec(text) ?? [];
  const value = rest.trim();
  const forms = isVirtual ? VIRTUAL_DIRECTIVES : GLOBAL_DIRECTIVES;
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  const shown = SECRET_DIRECTIVES.has(name) ? name : value === "" ? text.trim() : `${name} = ${value}`;
  const origin = { file, line, column, words: shown };
  if (form === undefined) {
    const isKnown = isKnownDirective(name);
    const where = isVirtual ? "inside a virtual service" : "outside of virtual services";
    return report.add(
      isKnown ? origin : withName(origin),
      isKnown ? `it is invalid ${where}; ${REFUSED}` : `the directive is unknown; ${REFUSED}`,
    );
  }
  if (isVirtual && /^(?:real|fallback)6?$/.test(name) && name.endsWith("6") !== isIpv6) {
    const right = isIpv6 ? `${name}6` : name.replace("6", "");
    return report.add(origin, `it must be ${right} here; ${REFUSED}`);
  }
  if (!text.includes("=")) {
    // ldirectord only warns of it.
    if (name === "supervised" && !isVirtual) return section.add(name, { value: "yes", origin });
    return report.add(origin, `it has no value; ${REFUSED}`);
  }
  const raw = rawByteIn(value);
  if (raw !== undefined) return report.add(origin, `it must be UTF-8 text, not the byte ${raw}; it is ignored`);
  const effective = form(value, { exact: rest, isIpv6 });
  if (effective === undefined) return report.add(origin, `its value is invalid; ${REFUSED}`);
  section.add(name, { value: effective, origin });
}
