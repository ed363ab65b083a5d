import { type Check, type HttpCheck, oneLine } from "../../model/mod.ts";
import { AnswerError, formatHttpRequest, HttpHeadParser } from "../../net/mod.ts";
import { EVENT } from "../../reactor/mod.ts";
import { latencyDifference, statusDifference } from "../probers/http.ts";
import { firstRequest } from "../probers/http_redirect.ts";
import { Machine, type MachineJob, type MachineOptions } from "./machine.ts";

/** A check over HTTP that a {@linkcode HttpMachine} can make. */
export type HeadCheck = HttpCheck & Check;

/** Requests by job: each is sent repeatedly, and forming it costs as much as sending it. */
const REQUESTS = new WeakMap<MachineJob, { readonly bytes: Uint8Array | undefined }>();

/** The request of a job; `undefined` if path or host cannot be sent. */
export function requestOf(job: MachineJob<HeadCheck>): Uint8Array | undefined {
  let request = REQUESTS.get(job);
  if (request === undefined) {
    request = { bytes: formatHttpRequest(firstRequest(job.target, job.check)) };
    REQUESTS.set(job, request);
  }
  return request.bytes;
}

/** The `http` prober where the head of the answer decides: no TLS, no redirect to follow, no expected body. */
export class HttpMachine extends Machine<HeadCheck> {
  readonly #parser: HttpHeadParser;
  /** The rest of the request. */
  #unsent: Uint8Array;
  #isConnected = false;
  /** Whether there may be bytes that were not received. */
  #isReadable = false;

  /** Does nothing until it begins. */
  constructor(job: MachineJob<HeadCheck>, { request, ...options }: MachineOptions & { readonly request: Uint8Array }) {
    super(job, options);
    this.#unsent = request;
    this.#parser = new HttpHeadParser(job.check);
  }

  /** The part that is missing at the deadline. */
  protected override get awaited(): string {
    if (!this.#isConnected) return "connection";
    return this.#parser.hasStarted ? "complete answer" : "answer";
  }

  /** Starts to connect. */
  protected override open(): number {
    return this.loop.sockets.connect(this.job.target, this.job.check);
  }

  /** Sends the request once there is a connection, and receives the answer. */
  protected override take(events: number): void {
    const { descriptor, loop: { sockets } } = this;
    if (!this.#isConnected) {
      const failure = sockets.connectFailure(descriptor);
      if (failure !== undefined) return this.fail(failure);
      this.#isConnected = true;
    }
    // An event comes once for what has arrived, perhaps before all is sent.
    if ((events & ~EVENT.writable) !== 0) this.#isReadable = true;
    if (this.#unsent.length > 0) {
      this.#unsent = this.#unsent.subarray(sockets.write(descriptor, this.#unsent));
      if (this.#unsent.length > 0) return;
    }
    if (this.#isReadable) this.#receive();
  }

  #receive(): void {
    try {
      for (;;) {
        const bytes = this.loop.sockets.read(this.descriptor);
        if (bytes === undefined) break;
        const head = this.#parser.add(bytes);
        if (head === undefined) continue;
        const difference = statusDifference(head, this.job.check) ?? latencyDifference(this.latencyMs, this.job.check);
        return difference === undefined ? this.pass(`status ${head.status}`) : this.refuse(difference);
      }
      this.#isReadable = false;
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      this.refuse(oneLine(error.message));
    }
  }
}
