import { LvsctlError } from "../../core/errors/mod.ts";
import { type IpvsClient, IpvsError } from "../../core/ipvs/mod.ts";
import type { IpvsInfo } from "../../core/model/mod.ts";
import type { KernelContext } from "../context/context.ts";
import { IpvsadmFailure, STATUS } from "./failure.ts";
import { kernelMessage } from "./kernel_message.ts";

/** The kernel's IPVS. */
export interface Kernel extends Disposable {
  /** The connection to the kernel. */
  readonly client: IpvsClient;
  /** Its version and the size of its connection table. */
  readonly info: IpvsInfo;
}

/**
 * Connects to the kernel and requests its version before the command line is read, as ipvsadm does: then a user without
 * the right to IPVS gets that error for every command line.
 *
 * @throws {IpvsadmFailure} If there is no IPVS or the user has no right to it.
 */
export async function openKernel(context: KernelContext): Promise<Kernel> {
  let client: IpvsClient | undefined;
  try {
    client = await context.openIpvs();
    const opened = client;
    return { client, info: client.getInfo(), [Symbol.dispose]: () => opened.close() };
  } catch (error) {
    client?.close();
    if (!(error instanceof LvsctlError)) throw error;
    throw new IpvsadmFailure(
      `${reasonFor(error)}\nAre you sure that IP Virtual Server is built in the kernel or as module?`,
    );
  }
}

function reasonFor(error: LvsctlError): string {
  if (error instanceof IpvsError) return `Can't initialize ipvs: ${kernelMessage(error)}`;
  if (error.kind !== "no-ipvs") return `Can't initialize ipvs: ${error.message}`;
  // ipvsadm runs modprobe on its own standard error, so that modprobe's words come first.
  return `${error.programOutput}Can't initialize ipvs: Protocol not available`;
}

/**
 * Reads a list from the kernel, and reports a refusal in ipvsadm's words.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function listFromKernel<T>(list: () => T): T {
  try {
    return list();
  } catch (error) {
    if (!(error instanceof IpvsError)) throw error;
    throw new IpvsadmFailure(kernelMessage(error), { status: STATUS.listing });
  }
}
