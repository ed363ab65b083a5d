import { MessageCursor, NLMSG_DONE, NLMSG_ERROR } from "./message.ts";

/** Entries for which a reading has room at first. */
const INITIAL_ENTRIES = 1024;

/** Which messages of datagrams are entries of a reading, and what identifies one. */
export interface EntryForm {
  /** The sequence number of the request. */
  readonly sequence: number;
  /** The length of the part that identifies an entry, from the end of netlink's header; bytes. */
  readonly keyBytes: number;
}

/**
 * What a reading of a table had, in the kernel's order: a hash of the bytes that identify each entry. Two readings are
 * compared without decoding the second one.
 */
export class EntryPrints {
  readonly #message = new MessageCursor();
  #form: EntryForm = { sequence: 0, keyBytes: 0 };
  #prints = new Int32Array();
  #count = 0;
  #datagrams = 0;
  /** A copy of the first datagram, and its length: only a reading of several is compared. */
  #first = new Uint8Array();
  #firstLength = 0;

  /** Forgets the entries, and starts a reading. */
  restart(form: EntryForm): void {
    this.#form = form;
    this.#count = 0;
    this.#datagrams = 0;
  }

  /**
   * Adds the entries of a datagram.
   *
   * @throws {NetlinkDecodeError} If a message is cut off.
   */
  add(datagram: Uint8Array): void {
    const message = this.#message.reset(datagram);
    // The end of a dump often has a datagram of its own.
    if (!message.next() || message.type === NLMSG_DONE) return;
    this.#datagrams++;
    if (this.#datagrams === 1) {
      if (this.#first.length < datagram.length) this.#first = new Uint8Array(datagram.length);
      this.#first.set(datagram);
      this.#firstLength = datagram.length;
      return;
    }
    if (this.#datagrams === 2) this.#addEntries(this.#first.subarray(0, this.#firstLength));
    this.#addEntries(datagram);
  }

  /** Whether another reading of several datagrams had the same entries in the same order. */
  equals(other: EntryPrints): boolean {
    if (this.#count !== other.#count) return false;
    for (let index = 0; index < this.#count; index++) {
      if (this.#prints[index] !== other.#prints[index]) return false;
    }
    return true;
  }

  /** Whether no two entries have the same hash; equal hashes of different entries are rare. */
  areDistinct(): boolean {
    const sorted = this.#prints.slice(0, this.#count).sort();
    for (let index = 1; index < sorted.length; index++) if (sorted[index] === sorted[index - 1]) return false;
    return true;
  }

  #addEntries(datagram: Uint8Array): void {
    const { sequence, keyBytes } = this.#form;
    const message = this.#message.reset(datagram);
    while (message.next()) {
      const { type, start, end } = message;
      if (message.sequence !== sequence || type === NLMSG_DONE || type === NLMSG_ERROR) continue;
      const { view } = message.memory;
      const last = Math.min(end, start + keyBytes) - 4;
      let print = 0;
      for (let at = start; at <= last; at += 4) {
        print = Math.imul(print ^ view.getInt32(at, true), 0x9e3779b1);
        print ^= print >>> 15;
      }
      this.#push(print);
    }
  }

  #push(print: number): void {
    if (this.#count === this.#prints.length) {
      const larger = new Int32Array(Math.max(INITIAL_ENTRIES, 4 * this.#count));
      larger.set(this.#prints);
      this.#prints = larger;
    }
    this.#prints[this.#count++] = print;
  }
}
