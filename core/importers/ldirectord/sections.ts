import { formatOrigin, type Origin } from "../document.ts";
import type { Report } from "../imported.ts";
import { GLOBAL_DIRECTIVES, SECRET_DIRECTIVES, VIRTUAL_DIRECTIVES } from "./directives.ts";

/** A directive of the file. */
export interface Directive {
  /** Its value, as it counts. */
  readonly value: string;
  /** Where it stands. */
  readonly origin: Origin;
}

/** Directives that belong together: those of a virtual service, or the global ones. */
export class Section {
  readonly #values = new Map<string, Directive[]>();
  readonly #used = new Set<Directive>();

  /** Adds a directive; of those with the same name the last one counts. */
  add(name: string, directive: Directive): void {
    this.#values.set(name, [...this.#values.get(name) ?? [], directive]);
  }

  /** The directive of a name that counts; from now on it has had its effect. */
  get(name: string): Directive | undefined {
    const directive = this.#values.get(name)?.at(-1);
    if (directive !== undefined) this.#used.add(directive);
    return directive;
  }

  /** Whether there is a directive of a name; that is no effect yet. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** All directives of a name. */
  all(name: string): readonly Directive[] {
    const directives = this.#values.get(name) ?? [];
    for (const directive of directives) this.#used.add(directive);
    return directives;
  }

  /** A sentence for each directive that nothing was made of, since it has no effect. */
  get idle(): readonly string[] {
    return [...this.#values.values()].flat().filter((directive) => !this.#used.has(directive))
      .sort((a, b) => a.origin.line - b.origin.line)
      .map(({ origin }) => `${formatOrigin(origin)}: without effect`);
  }
}

/** A virtual service of the file. */
export interface VirtualSection {
  /** What it listens on, as it is written. */
  readonly address: string;
  /** Whether it is one of IPv6. */
  readonly isIpv6: boolean;
  /** Where it begins. */
  readonly origin: Origin;
  /** What it says. */
  readonly section: Section;
}

/** A file, taken apart. */
export interface Sections {
  /** What goes for all. */
  readonly globals: Section;
  /** The virtual services. */
  readonly virtuals: readonly VirtualSection[];
}

const REFUSED = "ldirectord refuses the whole file for it";

/**
 * Takes a file apart, by the rules of ldirectord 1.186: lines that begin in the first column are global, those that are
 * indented by four blanks or a tab belong to the virtual service above; an empty line ends it.
 *
 * @param options.report Is told of what ldirectord would refuse.
 */
export function readSections(text: string, options: { readonly file: string; readonly report: Report }): Sections {
  const { file, report } = options;
  const globals = new Section();
  const virtuals: VirtualSection[] = [];
  let current: VirtualSection | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/\r$/, "");
    const number = index + 1;
    if (current !== undefined) {
      if (/^\s*#/.test(line)) continue;
      const inside = line.replace(/#.*/, "").replaceAll("\t", "    ");
      const [, directive] = /^ {4,}(.+)$/.exec(inside) ?? [];
      if (directive !== undefined) {
        if (directive.trim() === "") continue;
        const column = line.search(/\S/) + 1;
        const place = { file, line: number, column, isIpv6: current.isIpv6 };
        readDirective(directive, { ...place, report, section: current.section, isVirtual: true });
        continue;
      }
      current = undefined;
    }
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, six, address] = /^virtual(6)?\s*=\s*(.*)$/.exec(line) ?? [];
    if (address === undefined && /^\s/.test(line)) {
      const origin = { file, line: number, column: line.search(/\S/) + 1, words: line.trim() };
      report.add(origin, `it is indented and belongs to no virtual service, which an empty line ends; ${REFUSED}`);
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
  const [, name = "", written = ""] = /^([\w-]+)\s*(?:=\s*(.*))?$/.exec(text.trimEnd()) ?? [];
  const value = written.trim();
  const forms = isVirtual ? VIRTUAL_DIRECTIVES : GLOBAL_DIRECTIVES;
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  const shown = SECRET_DIRECTIVES.has(name) ? name : value === "" ? text.trim() : `${name} = ${value}`;
  const origin = { file, line, column, words: shown };
  if (form === undefined) {
    const isKnown = Object.hasOwn(VIRTUAL_DIRECTIVES, name) || Object.hasOwn(GLOBAL_DIRECTIVES, name);
    const where = isVirtual ? "inside a virtual service" : "outside of virtual services";
    return report.add(
      origin,
      isKnown ? `it means nothing ${where}; ${REFUSED}` : `there is no such directive; ${REFUSED}`,
    );
  }
  if (isVirtual && /^(?:real|fallback)6?$/.test(name) && name.endsWith("6") !== isIpv6) {
    const right = isIpv6 ? `${name}6` : name.replace("6", "");
    return report.add(origin, `it has to be ${right} here; ${REFUSED}`);
  }
  if (!text.includes("=") && name !== "supervised") return report.add(origin, `it has no value; ${REFUSED}`);
  const counts = form(value);
  if (counts === undefined) return report.add(origin, `it cannot have this value; ${REFUSED}`);
  section.add(name, { value: counts, origin });
}
