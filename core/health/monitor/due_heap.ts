/** Something that is due at some time. */
export interface Due {
  /** When; milliseconds of whatever clock. */
  readonly due: number;
}

/** What is due, the earliest first: a binary heap. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  /** How much there is. */
  get size(): number {
    return this.#items.length;
  }

  /** The earliest; `undefined` if there is nothing. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Puts something in. When it is due must not change while it is in. */
  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || parent.due <= item.due) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  /** Takes the earliest out. */
  pop(): T | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [items[2 * at + 1], items[2 * at + 2]];
      if (left === undefined) break;
      const isRight = right !== undefined && right.due < left.due;
      const child = isRight ? right : left;
      if (last.due <= child.due) break;
      items[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    items[at] = last;
    return first;
  }

  /** Throws everything out but what is wanted. */
  filter(isWanted: (item: T) => boolean): void {
    const kept = this.#items.filter(isWanted);
    this.#items.length = 0;
    for (const item of kept) this.push(item);
  }
}
