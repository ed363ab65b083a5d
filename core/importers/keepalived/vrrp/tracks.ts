import { formatDuration } from "../../../model/mod.ts";
import { type Entry, formatOrigin, type Item, MappingBlock, type Origin } from "../../document.ts";
import type { ImportWorld } from "../../imported.ts";
import { entry } from "../connection.ts";
import { commandOf } from "../program.ts";
import { blockOf, type Listeners, readSection, type Section } from "../section.ts";
import type { Statement } from "../statement.ts";
import { numberOf } from "../values.ts";
import { SCRIPT_BLOCK } from "./directives.ts";

/** Largest absolute weight of a tracked thing. */
const MOST = 253;

/** The weight of a tracked thing. */
export interface Weight {
  /** The weight; 0: the instance is at fault while it is bad. */
  readonly value: number;
  /** Whether its effect is reversed. */
  readonly isReversed: boolean;
}

/** What `weight` says after the name of a tracked thing, or in the block of a script. */
export function readWeight(
  { words, origin }: { readonly words: readonly string[]; readonly origin: Origin },
  options: Listeners & { readonly byDefault: Weight },
): Weight | undefined {
  const { report, byDefault } = options;
  let { value, isReversed } = byDefault;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "reverse") isReversed = true;
    else if (word === "noreverse" || word === "no_reverse") isReversed = false;
    else if (word !== "weight") {
      report.add(origin, `${word} is not an option of a tracked thing; it is ignored`);
    } else {
      at++;
      const number = words[at];
      if (number === undefined) {
        report.add(origin, "weight has no value, so keepalived does not track it");
        return undefined;
      }
      isReversed = false;
      const parsed = /^[+-]?\d+$/.test(number) ? Number(number) : NaN;
      if (Math.abs(parsed) <= MOST) value = parsed;
      else if (Math.abs(parsed) === MOST + 1) value = Math.sign(parsed) * MOST;
      else report.add(origin, `the weight must be a whole number from -${MOST} to ${MOST}; it is ignored`);
    }
  }
  return { value, isReversed };
}

/** A script that instances track. */
export interface Script {
  /** The absolute path of its program, and its arguments. */
  readonly command: readonly string[];
  /** Its weight, if a track has none. */
  readonly weight: Weight;
  /** Its block. */
  readonly section: Section;
}

/** The scripts of a file, read where an instance tracks them. */
export class Scripts {
  readonly #statements: ReadonlyMap<string, Statement>;
  readonly #options: Listeners & { readonly world: ImportWorld };
  readonly #scripts = new Map<string, Script | undefined>();

  /** Makes the collection; keepalived uses the first script of a name. */
  constructor(statements: readonly Statement[], options: Listeners & { readonly world: ImportWorld }) {
    this.#statements = new Map(statements.toReversed().map((statement) => [statement.words[0] ?? "", statement]));
    this.#options = options;
  }

  /** The script of a name; undefined, with a report, if keepalived has none. */
  get(name: string): Script | undefined {
    if (!this.#scripts.has(name)) this.#scripts.set(name, this.#read(name));
    return this.#scripts.get(name);
  }

  /** Adds a comment for each script that was not read. */
  noteUnused(): void {
    for (const [name, { origin }] of this.#statements) {
      if (!this.#scripts.has(name)) this.#options.idle.add(`${formatOrigin(origin)}: no vrrp_instance tracks it`);
    }
  }

  #read(name: string): Script | undefined {
    const { report, world } = this.#options;
    const statement = this.#statements.get(name);
    if (statement === undefined) return undefined;
    const section = readSection(blockOf(statement), { ...this.#options, rules: SCRIPT_BLOCK });
    const script = section.get("script");
    if (script === undefined) {
      report.add(statement.origin, "it has no script, so keepalived ignores it");
      return undefined;
    }
    const command = commandOf(script.escaped[0] ?? "", world);
    if (command === undefined) {
      report.add(script.origin, "there is no such program in PATH, so keepalived does not track it");
      return undefined;
    }
    const written = section.get("weight");
    const none = { value: 0, isReversed: false };
    const weight = written === undefined ? none : readWeight(
      { words: ["weight", ...written.words], origin: written.origin },
      { ...this.#options, byDefault: none },
    );
    return { command, weight: weight ?? none, section };
  }
}

/** Where keepalived uses no weights: in a member of a group, an owner, or a group with an owner. */
export type Weightless = "member" | "owner" | "group";

type Tracked = "interface" | "script" | "file";

/** Where keepalived uses no weights, and what it tracks without its weight there. */
const WEIGHTLESS: Readonly<
  Record<Weightless, { readonly who: string; readonly tracked: readonly Tracked[] }>
> = {
  member: { who: "instances in a vrrp_sync_group", tracked: ["interface"] },
  owner: { who: "instances with priority 255", tracked: [] },
  group: { who: "a vrrp_sync_group that has an instance with priority 255", tracked: ["interface", "script", "file"] },
};

/** Options of {@linkcode makeTracks}. */
export interface TrackOptions extends Listeners {
  /** The scripts of the file. */
  readonly scripts: Scripts;
  /** The tracked files of the file, by name. */
  readonly files: ReadonlyMap<string, Section>;
  /** The interface of the instance; keepalived always watches it. */
  readonly device?: string | undefined;
  /** Why keepalived uses no weights; undefined: it does. */
  readonly weightless?: Weightless | undefined;
}

/** What an instance or a group tracks. */
export function makeTracks(section: Section, options: TrackOptions): readonly Item[] {
  const lines = (keyword: string): readonly Statement[] => section.all(keyword).flatMap(({ block = [] }) => block);
  return [
    ...tracked(lines("track_interface"), (statement) => interfaceTrack(statement, options), options),
    ...tracked(lines("track_script"), (statement) => scriptTrack(statement, options), options),
    ...tracked(lines("track_file"), (statement) => fileTrack(statement, options), options),
  ];
}

/** Converts lines that name different things; `undefined` is a line that keepalived ignores. */
function tracked(
  lines: readonly Statement[],
  convert: (statement: Statement) => readonly Item[] | undefined,
  { report }: Listeners,
): readonly Item[] {
  const seen = new Set<string>();
  return lines.flatMap((line) => {
    if (seen.has(line.keyword)) {
      report.add(line.origin, "it is tracked twice; keepalived uses the first line");
      return [];
    }
    const items = convert(line);
    if (items !== undefined) seen.add(line.keyword);
    return items ?? [];
  });
}

/** The weight that keepalived uses, with a comment if it is another one; undefined if it does not track the thing. */
function usedWeight(
  weight: Weight,
  { statement: { origin }, kind, options: { weightless, idle } }: {
    readonly statement: Statement;
    readonly kind: Tracked;
    readonly options: TrackOptions;
  },
): Weight | undefined {
  if (weight.value === 0 || weightless === undefined) return weight;
  const { who, tracked } = WEIGHTLESS[weightless];
  idle.add(`${formatOrigin(origin)}: keepalived uses no weights of ${who}`);
  return tracked.includes(kind) ? { ...weight, value: 0 } : undefined;
}

function interfaceTrack(statement: Statement, options: TrackOptions): readonly Item[] | undefined {
  const { keyword: device, origin } = statement;
  if (device === options.device) {
    options.idle.add(`${formatOrigin(origin)}: the interface of the instance is always watched`);
    return [];
  }
  const weight = readWeight(statement, { ...options, byDefault: { value: 0, isReversed: false } });
  if (weight === undefined) return undefined;
  const { value, isReversed } = usedWeight(weight, { statement, kind: "interface", options }) ?? {};
  if (value === undefined) return [];
  if (isReversed) {
    options.report.add(origin, "lvsctl has no reverse for interfaces; it is left out");
    return [];
  }
  return [{
    value: { interface: device, weight: value === 0 ? undefined : value },
    origins: [origin],
  }];
}

function scriptTrack(statement: Statement, options: TrackOptions): readonly Item[] | undefined {
  const { keyword: name, origin } = statement;
  const script = options.scripts.get(name);
  if (script === undefined) {
    options.report.add(origin, "there is no usable vrrp_script of this name, so keepalived ignores it");
    return undefined;
  }
  const weight = readWeight(statement, { ...options, byDefault: script.weight });
  if (weight === undefined) return undefined;
  const used = usedWeight(weight, { statement, kind: "script", options });
  if (used === undefined) return [];
  const { command, section } = script;
  const { isReversed } = used;
  const value = isReversed ? -used.value : used.value;
  // A reversed script is bad where the script is good: the opposite of its status, with its counts exchanged.
  const [rise, fall] = isReversed ? ["fall", "rise"] : ["rise", "fall"];
  const duration = (keyword: string): Entry | undefined => {
    const found = section.get(keyword);
    const seconds = numberOf(found) ?? 0;
    return seconds === 0 ? undefined : entry(keyword, formatDuration(seconds * 1000), found);
  };
  const count = (key: string, keyword: string): Entry | undefined => {
    const found = section.get(keyword);
    return found === undefined ? undefined : entry(key, numberOf(found) ?? 1, found);
  };
  return [{
    value: new MappingBlock([
      {
        key: "command",
        value: isReversed ? ["/bin/sh", "-c", '! "$@"', "sh", ...command] : command,
        origins: [section.origin, origin],
        essential: true,
        notes: isReversed ? ["reverse: the opposite of the script's status"] : [],
      },
      duration("interval"),
      duration("timeout"),
      count("rise", rise ?? "rise"),
      count("fall", fall ?? "fall"),
      value === 0 ? undefined : { key: "weight", value },
    ]),
  }];
}

/** A file with a number, which both programs multiply by the weight. */
function fileTrack(statement: Statement, options: TrackOptions): readonly Item[] | undefined {
  const { keyword: name, origin } = statement;
  const file = options.files.get(name);
  const path = file?.get("file");
  if (file === undefined || path === undefined) {
    options.report.add(origin, "there is no track_file of this name with a file, so keepalived ignores it");
    return undefined;
  }
  const written = file.get("weight");
  const plain = { value: 1, isReversed: false };
  const byDefault = written === undefined ? plain : readWeight(
    { words: ["weight", ...written.words], origin: written.origin },
    { ...options, byDefault: plain },
  ) ?? plain;
  const weight = readWeight(statement, { ...options, byDefault });
  if (weight === undefined) return undefined;
  const used = usedWeight(weight, { statement, kind: "file", options });
  if (used === undefined) return [];
  const value = used.isReversed ? -used.value : used.value;
  return [{
    value: { file: path.words[0] ?? "", weight: value === 0 ? undefined : value },
    origins: [path.origin, origin],
  }];
}
