import { needsServerPort } from "../../model/mod.ts";
import { type HeadCheck, HttpMachine, requestOf } from "./http.ts";
import type { MachineJob, MachineOptions } from "./machine.ts";
import { TcpMachine } from "./tcp.ts";
import { UdpMachine } from "./udp.ts";

/** Whether the head of the first answer decides. */
function isHeadCheck(job: MachineJob): job is MachineJob<HeadCheck> {
  const { check } = job;
  if (check.type !== "http" || check.redirects > 0) return false;
  const { body, regex, notRegex, digest, json } = check.expect;
  return (body ?? regex ?? notRegex ?? digest ?? json) === undefined;
}

/**
 * Starts a probe as a state machine.
 *
 * @param job The server and its check: the same object for each probe of them.
 * @param options.loop Time, events and sockets.
 * @param options.done Receives the result once, perhaps before this returns.
 * @returns Cancels the probe; `undefined` if the check needs a prober that waits for promises.
 */
export function startMachine(job: MachineJob, options: MachineOptions): Disposable | undefined {
  const machine = machineOf(job, options);
  machine?.begin();
  return machine;
}

function machineOf(
  job: MachineJob,
  options: MachineOptions,
): TcpMachine | UdpMachine | HttpMachine | undefined {
  const { target, check } = job;
  if (target.port === 0 && needsServerPort(check)) return undefined;
  if (check.type === "udp") return new UdpMachine({ target, check }, options);
  if (check.type === "tcp" && check.send === undefined && check.expect === undefined) {
    return new TcpMachine({ target, check }, options);
  }
  if (!isHeadCheck(job)) return undefined;
  const request = requestOf(job);
  return request === undefined ? undefined : new HttpMachine(job, { ...options, request });
}
