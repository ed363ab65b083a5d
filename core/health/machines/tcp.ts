import { Machine } from "./machine.ts";

/** The `tcp` prober without a conversation: passes if the server accepts the connection. */
export class TcpMachine extends Machine {
  /** The part that is missing at the deadline. */
  protected override get awaited(): string {
    return "connection";
  }

  /** Starts to connect. */
  protected override open(): number {
    return this.loop.sockets.connect(this.job.target, this.job.check);
  }

  /** Any event is the end of the attempt to connect. */
  protected override take(): void {
    const failure = this.loop.sockets.connectFailure(this.descriptor);
    if (failure === undefined) this.pass("connected");
    else this.fail(failure);
  }
}
