/** An item with a due time. */
export interface Due {
  /** Due time; milliseconds of the caller's clock. */
  readonly due: number;
}

/** Items by due time, the earliest first: a binary heap. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  /** Number of items. */
  get size(): number {
    return this.#items.length;
  }

  /** The earliest item; `undefined` if the heap is empty. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item, whose due time must not change while it is in the heap. */
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

  /** Removes and returns the earliest item. */
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

  /** Removes the items for which the predicate is false. */
  filter(isKept: (item: T) => boolean): void {
    const items = this.#items.filter(isKept);
    this.#items.length = 0;
    for (const item of items) this.push(item);
  }
}
