import type { TerminalSize } from "../context/terminal_environment.ts";
import type { Key } from "./keys.ts";
import type { Line } from "./line.ts";
import { cutEnd, padText } from "./text_width.ts";

/** What a frame shows: items of one or more lines each. */
export interface FrameContent<Item> {
  /** The first line. */
  readonly title: string;
  /** The items, in their order. */
  readonly items: readonly Item[];
  /** The number of lines of an item. */
  sizeOf(item: Item): number;
  /** The text of an item that the filter searches. */
  textOf(item: Item): string;
  /**
   * The lines of some of the items, each as wide as the terminal at most: called with the visible ones only.
   *
   * @returns The titles of the columns, whose number is always the same, and the lines of the items.
   */
  layOut(items: readonly Item[], width: number): { readonly head: readonly Line[]; readonly body: readonly Line[] };
}

/** Options of a {@linkcode Frame}. */
export interface FrameOptions {
  /** The orders that the key `s` chooses from. */
  readonly sorts: readonly string[];
  /**
   * The first order.
   *
   * @default the first of `sorts`
   */
  readonly sort?: string | undefined;
  /** Whether keys arrive; otherwise only a signal ends the view. */
  readonly hasKeys: boolean;
}

const HELP: readonly string[] = [
  "",
  "  Up, Down, k, j        one line",
  "  PgUp, PgDn, b, space  one page",
  "  Home, End, g, G       first, last line",
  "  /                     filter: type a part of a name, then Enter; Esc removes it",
  "  s, S                  next, previous order",
  "  q, Ctrl-C             quit",
  "",
  "  Any key closes this help.",
];

/**
 * The state of a live view on a terminal: its scroll position, filter and order. It knows no terminal: keys come in,
 * lines go out.
 */
export class Frame<Item> {
  readonly #options: FrameOptions;
  #sort: number;
  #top = 0;
  #page = 1;
  #filter = "";
  #draft: string | undefined;
  #isHelp = false;

  /** At the first line, without a filter. */
  constructor(options: FrameOptions) {
    this.#options = options;
    this.#sort = Math.max(0, options.sorts.indexOf(options.sort ?? ""));
  }

  /** The order of the items. */
  get sort(): string {
    return this.#options.sorts[this.#sort] ?? "";
  }

  /**
   * Reacts to a key.
   *
   * @returns False if it ends the view.
   */
  press(key: Key): boolean {
    if (this.#isHelp) {
      this.#isHelp = false;
      return true;
    }
    if (this.#draft !== undefined) {
      this.#draft = this.#edited(this.#draft, key);
      return true;
    }
    const name = "name" in key ? key.name : key.character;
    const move = this.#moves()[name];
    if (move !== undefined) this.#top = Math.max(0, move);
    else if (name === "/") this.#draft = "";
    else if (name === "escape") this.#filterBy("");
    else if (name === "s") this.#sortBy(1);
    else if (name === "S") this.#sortBy(-1);
    else if (name === "?" || name === "h") this.#isHelp = true;
    return name !== "q";
  }

  /** The lines of the whole terminal, each as wide as it at most. */
  lines(content: FrameContent<Item>, { columns, rows }: TerminalSize): readonly Line[] {
    const items = this.#filtered(content);
    const total = items.reduce((sum, item) => sum + content.sizeOf(item), 0);
    const room = Math.max(1, rows - 2 - content.layOut([], columns).head.length);
    this.#page = room;
    this.#top = Math.min(this.#top, Math.max(0, total - room));
    const { visible, skipped } = visibleItems(items, { content, top: this.#top, room });
    const { head, body } = content.layOut(visible, columns);
    const shown = this.#isHelp ? HELP : body.slice(skipped, skipped + room);
    const blank = Array.from<Line>({ length: Math.max(0, room - shown.length) }).fill("");
    const lines = [
      cutEnd(content.title, columns),
      ...head,
      ...shown.slice(0, room).map((line) => typeof line === "string" ? cutEnd(line, columns) : line),
      ...blank,
    ];
    return [...lines.slice(0, Math.max(0, rows - 1)), this.#footer({ columns, total, room })];
  }

  /** The first line after the keys that scroll. */
  #moves(): Readonly<Record<string, number>> {
    const [top, page] = [this.#top, Math.max(1, this.#page - 1)];
    return {
      up: top - 1,
      k: top - 1,
      down: top + 1,
      j: top + 1,
      "page-up": top - page,
      b: top - page,
      "page-down": top + page,
      " ": top + page,
      home: 0,
      g: 0,
      end: Infinity,
      G: Infinity,
    };
  }

  #sortBy(step: number): void {
    const { length } = this.#options.sorts;
    this.#sort = (this.#sort + step + length) % Math.max(1, length);
    this.#top = 0;
  }

  #filterBy(text: string): void {
    if (text !== this.#filter) this.#top = 0;
    this.#filter = text;
  }

  /** The filter while it is typed; undefined when it is complete. */
  #edited(draft: string, key: Key): string | undefined {
    if ("character" in key) return draft + key.character;
    if (key.name === "backspace") return [...draft].slice(0, -1).join("");
    if (key.name === "enter") this.#filterBy(draft);
    return key.name === "enter" || key.name === "escape" ? undefined : draft;
  }

  #filtered({ items, textOf }: FrameContent<Item>): readonly Item[] {
    const wanted = this.#filter.toLowerCase();
    return wanted === "" ? items : items.filter((item) => textOf(item).toLowerCase().includes(wanted));
  }

  /** The place and the keys, or the filter that is typed. */
  #footer(
    { columns, total, room }: { readonly columns: number; readonly total: number; readonly room: number },
  ): Line {
    const text = this.#draft === undefined
      ? [this.#place(total, room), ...this.#keys()].join("  ")
      : `/${this.#draft}_  (Enter: filter, Esc: cancel)`;
    return [{ text: padText(cutEnd(text, columns), { width: columns, align: "left" }), style: "reverse" }];
  }

  #place(total: number, room: number): string {
    if (total === 0) return this.#filter === "" ? "empty" : "no match";
    const last = Math.min(total, this.#top + room);
    return last - this.#top === total ? `all ${total}` : `${this.#top + 1}-${last} of ${total}`;
  }

  #keys(): readonly string[] {
    if (!this.#options.hasKeys) return ["Ctrl-C quit"];
    return [
      "q quit",
      "? help",
      this.#filter === "" ? "/ filter" : `/ filter: ${this.#filter}`,
      ...(this.#options.sorts.length > 1 ? [`s order: ${this.sort}`] : []),
      "arrows, PgUp, PgDn",
    ];
  }
}

/** The items with lines from `top`, as many as have room, and the number of lines of the first one before `top`. */
function visibleItems<Item>(
  items: readonly Item[],
  { content, top, room }: { readonly content: FrameContent<Item>; readonly top: number; readonly room: number },
): { readonly visible: readonly Item[]; readonly skipped: number } {
  let start = 0;
  let first = 0;
  for (const item of items) {
    const size = content.sizeOf(item);
    if (start + size > top) break;
    start += size;
    first++;
  }
  // Each item has one line at least.
  return { visible: items.slice(first, first + room + 1), skipped: top - start };
}
