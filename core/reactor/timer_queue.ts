import { type Due, DueHeap } from "../time/mod.ts";

/** Delays of at least this many whole milliseconds are taken for deadlines, which are mostly cancelled. */
const DEADLINE_MS = 50;

/** Empty lists are kept up to this number of lists, because their delay comes back with the next probe. */
const MAX_LISTS = 64;

/** Cancelled timers stay in the heap up to this number, or half of it. */
const MOST_CANCELLED = 64;

/** A timer that waits in a queue. Disposing of it cancels the call. */
class QueuedTimer implements Due, Disposable {
  readonly due: number;
  readonly #onCancel: () => void;
  /** `undefined` once it was called or cancelled. */
  callback: (() => void) | undefined;
  /** The list that it is in, and its neighbours there; a timer in the heap is in no list. */
  list: DeadlineList | undefined;
  before: QueuedTimer | undefined;
  after: QueuedTimer | undefined;

  constructor(due: number, callback: () => void, onCancel: () => void) {
    this.due = due;
    this.callback = callback;
    this.#onCancel = onCancel;
  }

  [Symbol.dispose](): void {
    if (this.callback === undefined) return;
    this.callback = undefined;
    if (this.list === undefined) this.#onCancel();
    else this.list.remove(this);
  }
}

/** Timers of one delay: the order in which they were added is that in which they are due. */
class DeadlineList {
  first: QueuedTimer | undefined;
  #last: QueuedTimer | undefined;

  add(timer: QueuedTimer): void {
    timer.list = this;
    timer.before = this.#last;
    if (this.#last === undefined) this.first = timer;
    else this.#last.after = timer;
    this.#last = timer;
  }

  remove(timer: QueuedTimer): void {
    const { before, after } = timer;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    timer.list = timer.before = timer.after = undefined;
  }
}

/**
 * Timers by due time. Most deadlines are cancelled long before they are due, so they are kept in a list for each
 * delay: cancelling one costs the same with any number of them, and leaves nothing behind. Others are in a heap.
 */
export class TimerQueue {
  readonly #heap = new DueHeap<QueuedTimer>();
  /** How many of the timers in the heap are cancelled, at most. */
  #cancelled = 0;
  /** One for all timers, because there are many. */
  readonly #onCancel = (): void => this.#countCancelled();
  readonly #lists = new Map<number, DeadlineList>();

  /** Adds a timer; disposing of the result cancels it. */
  add(
    callback: () => void,
    { now, delayMs }: { readonly now: number; readonly delayMs: number },
  ): Due & Disposable {
    const timer = new QueuedTimer(now + delayMs, callback, this.#onCancel);
    if (delayMs < DEADLINE_MS || !Number.isInteger(delayMs)) {
      this.#heap.push(timer);
      return timer;
    }
    let list = this.#lists.get(delayMs);
    if (list === undefined) {
      list = new DeadlineList();
      this.#lists.set(delayMs, list);
    }
    list.add(timer);
    return timer;
  }

  /** The number of timers that it holds in memory. */
  get size(): number {
    let size = this.#heap.size;
    for (const list of this.#lists.values()) for (let each = list.first; each !== undefined; each = each.after) size++;
    return size;
  }

  /** Removes cancelled timers once they are the most: their times may be days ahead. */
  #countCancelled(): void {
    if (++this.#cancelled <= Math.max(MOST_CANCELLED, this.#heap.size / 2)) return;
    this.#heap.filter(({ callback }) => callback !== undefined);
    this.#cancelled = 0;
  }

  /** When the first timer is due; Infinity without one. */
  get firstDue(): number {
    while (this.#heap.first !== undefined && this.#heap.first.callback === undefined) this.#heap.pop();
    let due = this.#heap.first?.due ?? Infinity;
    for (const { first } of this.#lists.values()) if (first !== undefined && first.due < due) due = first.due;
    return due;
  }

  /** Calls what is due now. */
  fire(now: number): void {
    for (let { first } = this.#heap; first !== undefined && first.due <= now; first = this.#heap.first) {
      this.#heap.pop();
      call(first);
    }
    for (const [delayMs, list] of this.#lists) {
      for (let { first } = list; first !== undefined && first.due <= now; first = list.first) {
        list.remove(first);
        call(first);
      }
      if (list.first === undefined && this.#lists.size > MAX_LISTS) this.#lists.delete(delayMs);
    }
  }
}

function call(timer: QueuedTimer): void {
  const { callback } = timer;
  timer.callback = undefined;
  callback?.();
}
