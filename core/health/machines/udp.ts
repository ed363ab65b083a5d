import { type Check, oneLine, printable, type UdpCheck } from "../../model/mod.ts";
import { EVENT } from "../../reactor/mod.ts";
import { bytesOf, textOf } from "../probers/exchange.ts";
import { judgeText } from "../probers/text_expectation.ts";
import { Machine } from "./machine.ts";

/** Number of requests for an expected answer within the deadline, because datagrams may be lost. */
const TRIES = 3;

/** A server that says nothing for this part of the deadline passes if no answer is expected. */
const QUIET_PART = 1 / 4;

/** The `udp` prober: a datagram is answered as expected or, if nothing is expected, not refused. */
export class UdpMachine extends Machine<UdpCheck & Check> {
  #timer: Disposable | undefined;

  /** The part that is missing at the deadline. */
  protected override get awaited(): string {
    return "answer";
  }

  /** Opens a socket to the server. */
  protected override open(): number {
    return this.loop.sockets.openDatagram(this.job.target, this.job.check);
  }

  /** Asks, and asks again if an answer is expected. */
  protected override opened(): void {
    this.#send(1);
  }

  /** Takes an answer, or the message that the port is unreachable. */
  protected override take(events: number): void {
    if ((events & ~EVENT.writable) === 0) return;
    const bytes = this.loop.sockets.receive(this.descriptor);
    if (bytes === undefined) return;
    const { expect } = this.job.check;
    if (expect === undefined) return this.pass("answered");
    const text = textOf(bytes);
    const reason = judgeText(expect, { text, what: "answer" });
    if (reason === undefined) this.pass(`answer "${printable(text.trim(), 40)}"`);
    else this.refuse(oneLine(reason));
  }

  /** Cancels its timer. */
  protected override close(): void {
    this.#timer?.[Symbol.dispose]();
  }

  #send(sent: number): void {
    const { loop: { sockets, clock }, job: { check: { send = "\0", expect, timeoutMs } } } = this;
    sockets.send(this.descriptor, bytesOf(send));
    if (expect === undefined) {
      this.#timer = clock.setTimer(() => this.#passIfQuiet(), timeoutMs * QUIET_PART);
    } else if (sent < TRIES) this.#timer = clock.setTimer(() => this.#sendAgain(sent + 1), timeoutMs / TRIES);
  }

  /** A refusal may have arrived without having been reported, because this process stood still. */
  #passIfQuiet(): void {
    try {
      const bytes = this.loop.sockets.receive(this.descriptor);
      this.pass(bytes === undefined ? "no answer, and no refusal" : "answered");
    } catch (error) {
      this.fail(error);
    }
  }

  #sendAgain(sent: number): void {
    try {
      this.#send(sent);
    } catch (error) {
      this.fail(error);
    }
  }
}
