import { needsServerPort } from "../../model/mod.ts";
import type { MachineJob, MachineOptions } from "./machine.ts";
import { TcpMachine } from "./tcp.ts";
import { UdpMachine } from "./udp.ts";

/**
 * Starts a probe as a state machine.
 *
 * @param options.loop Time, events and sockets.
 * @param options.done Receives the result once, perhaps before this returns.
 * @returns Cancels the probe; `undefined` if the check needs a prober that waits for promises.
 */
export function startMachine({ target, check }: MachineJob, options: MachineOptions): Disposable | undefined {
  if (target.port === 0 && needsServerPort(check)) return undefined;
  const machine = check.type === "udp"
    ? new UdpMachine({ target, check }, options)
    : check.type === "tcp" && check.send === undefined && check.expect === undefined
    ? new TcpMachine({ target, check }, options)
    : undefined;
  machine?.begin();
  return machine;
}
