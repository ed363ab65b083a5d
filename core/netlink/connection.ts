import { ERRNO } from "./errno.ts";
import {
  MessageCursor,
  messageErrno,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
} from "./message.ts";
import type { MessageForm } from "./message_form.ts";
import { EntryPrints } from "./entry_prints.ts";
import { type Transport, TransportError } from "./transport.ts";
import { MessageWriter } from "./writer.ts";

/** The kernel answered a request with an error. */
export class KernelError extends Error {
  /** Class name, for debugging. */
  override name: string = "KernelError";
  /** Number of the errno. */
  readonly errno: number;

  /**
   * Makes the error of one refused request.
   *
   * @param errno Number of the errno, positive.
   */
  constructor(errno: number) {
    super(`the kernel refused with errno ${errno}`);
    this.errno = errno;
  }
}

/** Writes the attributes of a request and returns its command. */
export type RequestEncoder = (writer: MessageWriter) => number;

/** Largest number of messages in one send: the errors of all of them must fit in the receive buffer. */
const BATCH_MESSAGES = 256;

/** Bytes after which no message is added to a send; well below the default send buffer. */
const BATCH_BYTES = 64 * 1024;

/** How often a dump is tried if changes of the table disturb it. */
const DUMP_ATTEMPTS = 5;

/** One reading of a table. Without functions of its own, because a program reads thousands of small tables. */
interface Reading<Answer, T> {
  /** The entries; those of a disturbed attempt are removed. */
  readonly entries: T[];
  /** Reads one entry; undefined if entries are only compared. */
  readonly decode: ((entry: Answer) => T) | undefined;
  /** For comparisons with another reading. */
  readonly prints?: EntryPrints;
  /** See {@linkcode KeyedEntries.keyBytes}. */
  readonly keyBytes?: number;
}

/** Does all steps of a work at once. */
function runToEnd<T>(steps: Generator<undefined, T, undefined>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** How the entries of a table are read. */
export interface KeyedEntries<Answer, T> {
  /** Reads one entry from its message, which is valid during the call only. */
  readonly decode: (entry: Answer) => T;
  /** What identifies an entry. */
  readonly key: (entry: T) => string;
  /**
   * The length of the first part of a message that identifies its entry, from the end of netlink's header; bytes. Nothing
   * in it may change while the entry exists, such as a counter.
   */
  readonly keyBytes: number;
}

/** Requests, dumps and batches over a transport. */
export class NetlinkConnection<Answer> implements Disposable {
  readonly #transport: Transport;
  readonly #form: MessageForm<Answer>;
  readonly #writer = new MessageWriter();
  readonly #message = new MessageCursor();
  // Of the connection, because most tables are small, and a program reads thousands of them.
  readonly #prints = [new EntryPrints(), new EntryPrints()] as const;
  #sequence: number;

  /**
   * Wraps a transport; the connection closes it.
   *
   * @param transport The socket.
   * @param options.form The form of its messages.
   * @param options.sequence First sequence number.
   */
  constructor(transport: Transport, options: { readonly form: MessageForm<Answer>; readonly sequence?: number }) {
    this.#transport = transport;
    this.#form = options.form;
    this.#sequence = options.sequence ?? 1;
  }

  /**
   * Sends one request that has one answer.
   *
   * @param encode Writes the request.
   * @param options.flags Additional NLM_F_ flags.
   * @returns The answer, valid until the next request; `undefined` if the kernel only acknowledges.
   * @throws {KernelError} If the kernel refuses.
   * @throws {TransportError} If the socket fails.
   */
  request(encode: RequestEncoder, options: { readonly flags?: number | undefined } = {}): Answer | undefined {
    this.#writer.reset();
    const sequence = this.#write(encode, NLM_F_ACK | (options.flags ?? 0));
    this.#transport.send(this.#writer.bytes());
    const message = this.#message;
    let answer: Answer | undefined;
    for (;;) {
      message.reset(this.#transport.receive());
      while (message.next()) {
        if (message.sequence !== sequence) continue;
        if (message.type !== NLMSG_ERROR) {
          // A copy, because the acknowledgement that follows is received into the same buffer.
          answer = this.#form.answer(message.copy());
          continue;
        }
        const errno = messageErrno(message);
        if (errno !== 0) throw new KernelError(errno);
        return answer;
      }
    }
  }

  /**
   * Dumps a table.
   *
   * @param encode Writes the request.
   * @param decode Reads one entry from its message, which is valid during the call only.
   * @throws {KernelError} If the kernel refuses, or EINTR if the table changed during every attempt.
   * @throws {TransportError} If the socket fails.
   */
  dump<T>(encode: RequestEncoder, decode: (entry: Answer) => T): T[] {
    const entries: T[] = [];
    runToEnd(this.#dumpUndisturbed(encode, { entries, decode }));
    return entries;
  }

  /**
   * Dumps a table of a kernel that does not report changes (NLM_F_DUMP_INTR). It lists the table in several datagrams
   * and counts where it stopped, so a deletion between two of them hides an entry, and an addition repeats one. Such a
   * dump is repeated until two in a row have the same entries, none of them twice. Most tables rest, so the second one is
   * only compared, not decoded. Of a table that never rests, it is all that the last two had.
   *
   * @param encode Writes the request.
   * @param options How entries are decoded and identified.
   * @throws {KernelError} If the kernel refuses.
   * @throws {TransportError} If the socket fails.
   */
  dumpKeyed<T>(encode: RequestEncoder, options: KeyedEntries<Answer, T>): T[] {
    return runToEnd(this.dumpKeyedInSteps(encode, options));
  }

  /**
   * As {@linkcode NetlinkConnection.dumpKeyed}, with a pause for other work after each datagram. Until the end of the
   * dump, nothing else may use the connection. A dump that the caller abandons is received to its end.
   */
  *dumpKeyedInSteps<T>(
    encode: RequestEncoder,
    { decode, key, keyBytes }: KeyedEntries<Answer, T>,
  ): Generator<undefined, T[], undefined> {
    let [prints, printsBefore] = this.#prints;
    let entries: T[] = [];
    let entriesBefore: T[] = [];
    for (let attempt = 1;; attempt++) {
      const isDecoded = attempt !== 2;
      [prints, printsBefore] = [printsBefore, prints];
      if (isDecoded) [entries, entriesBefore] = [[], entries];
      const datagrams = yield* this.#dumpUndisturbed(encode, {
        entries: isDecoded ? entries : [],
        decode: isDecoded ? decode : undefined,
        prints,
        keyBytes,
      });
      if (datagrams <= 1 && isDecoded) return entries;
      if (attempt > 1 && prints.equals(printsBefore)) {
        if (prints.areDistinct() || new Set(entries.map(key)).size === entries.length) return entries;
      }
      if (attempt === DUMP_ATTEMPTS) {
        return [...new Map([...entriesBefore, ...entries].map((entry) => [key(entry), entry])).values()];
      }
    }
  }

  /** Dumps a table until an attempt is not disturbed; returns the number of datagrams that had entries. */
  *#dumpUndisturbed<T>(
    encode: RequestEncoder,
    reading: Reading<Answer, T>,
  ): Generator<undefined, number, undefined> {
    for (let attempt = 1; attempt <= DUMP_ATTEMPTS; attempt++) {
      const datagrams = yield* this.#dumpOnce(encode, reading);
      if (datagrams !== undefined) return datagrams;
    }
    throw new KernelError(ERRNO.EINTR);
  }

  *#dumpOnce<T>(
    encode: RequestEncoder,
    reading: Reading<Answer, T>,
  ): Generator<undefined, number | undefined, undefined> {
    this.#writer.reset();
    const sequence = this.#write(encode, NLM_F_DUMP);
    this.#transport.send(this.#writer.bytes());
    const { entries, prints, keyBytes = 0 } = reading;
    entries.length = 0;
    prints?.restart({ sequence, keyBytes });
    let isComplete = false;
    try {
      const datagrams = yield* this.#collect(sequence, reading);
      isComplete = true;
      return datagrams;
    } finally {
      if (!isComplete) this.#drain();
    }
  }

  /** Reads what a dump lists; `undefined` if it was disturbed. The table cannot change while the kernel fills a datagram. */
  *#collect<T>(
    sequence: number,
    { entries, decode, prints }: Reading<Answer, T>,
  ): Generator<undefined, number | undefined, undefined> {
    const message = this.#message;
    let datagrams = 0;
    let disturbed = false;
    for (;;) {
      const datagram = this.#transport.receive();
      prints?.add(datagram);
      message.reset(datagram);
      let hasEntries = false;
      while (message.next()) {
        if (message.sequence !== sequence) continue;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) disturbed = true;
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
          const errno = messageErrno(message);
          if (errno !== 0) throw new KernelError(errno);
          return disturbed ? undefined : datagrams + (hasEntries ? 1 : 0);
        }
        hasEntries = true;
        // The entries of a disturbed dump are discarded.
        if (decode !== undefined && !disturbed) entries.push(decode(this.#form.answer(message)));
      }
      if (hasEntries) datagrams++;
      yield;
    }
  }

  /** Receives the rest of an abandoned dump: while it runs, the kernel refuses the next one (EBUSY). */
  #drain(): void {
    try {
      for (;;) this.#transport.receive();
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }

  /**
   * Sends many requests in few system calls: the kernel runs all messages of one send in order, answers errors by
   * sequence number, and acknowledges an empty message at the end.
   *
   * The empty message is needed because not every request is answered: netlink does not report EINTR, which is the
   * result of stopping a sync daemon whose thread has not run yet. The daemon is stopped nevertheless.
   *
   * After a failed request the later ones still run, unless `stopOnError` is set: then no send follows one with an
   * error, and the unsent requests have the errno ECANCELED.
   *
   * @returns One errno for each item, 0 for success.
   * @throws {TransportError} If the socket fails; which requests ran is then unknown, and the caller must read back.
   */
  batch<T>(
    items: readonly T[],
    encode: (writer: MessageWriter, item: T) => number,
    options: { readonly stopOnError?: boolean | undefined } = {},
  ): Int32Array {
    const errnos = new Int32Array(items.length);
    let next = 0;
    while (next < items.length) {
      const first = next;
      this.#writer.reset();
      while (next < items.length && next - first < BATCH_MESSAGES && this.#writer.length < BATCH_BYTES) {
        const item = items[next];
        if (item === undefined) throw new TypeError(`Nothing to send at index ${next}`);
        this.#write((writer) => encode(writer, item), 0);
        next++;
      }
      const end = this.#writeEnd();
      const failed = this.#sendBatch(errnos, { first, count: next - first, end });
      if (failed && options.stopOnError === true) {
        errnos.fill(ERRNO.ECANCELED, next);
        break;
      }
    }
    return errnos;
  }

  /** Sends the writer's messages and collects the answers up to that of message `end`; true if one is an error. */
  #sendBatch(
    errnos: Int32Array,
    range: { readonly first: number; readonly count: number; readonly end: number },
  ): boolean {
    const firstSequence = (range.end - range.count) >>> 0;
    this.#transport.send(this.#writer.bytes());
    const message = this.#message;
    let failed = false;
    for (;;) {
      message.reset(this.#transport.receive());
      while (message.next()) {
        if (message.type !== NLMSG_ERROR) continue;
        if (message.sequence === range.end) return failed;
        const index = (message.sequence - firstSequence) >>> 0;
        if (index >= range.count) continue;
        const errno = messageErrno(message);
        errnos[range.first + index] = errno;
        if (errno !== 0) failed = true;
      }
    }
  }

  #write(encode: RequestEncoder, flags: number): number {
    const { start, sequence } = this.#begin(flags);
    this.#form.name(this.#writer, start, encode(this.#writer));
    this.#writer.endMessage(start);
    return sequence;
  }

  /** Writes the empty message, which requests only its acknowledgement. */
  #writeEnd(): number {
    const { start, sequence } = this.#begin(NLM_F_ACK);
    this.#writer.setType(start, NLMSG_NOOP);
    this.#writer.endMessage(start);
    return sequence;
  }

  #begin(flags: number): { readonly start: number; readonly sequence: number } {
    const sequence = this.#sequence;
    this.#sequence = (this.#sequence + 1) >>> 0;
    const start = this.#form.begin(this.#writer, { flags: NLM_F_REQUEST | flags, sequence });
    return { start, sequence };
  }

  /** Closes the transport. */
  close(): void {
    this.#transport.close();
  }

  /** Closes the transport. */
  [Symbol.dispose](): void {
    this.close();
  }
}
