/** Fixtures that the tests of the ipvsadm front end share. */
import { type IpAddress, parseIpAddress, type Protocol } from "../../../../core/model/mod.ts";
import type { KernelContext } from "../../../../cli/context/context.ts";
import { type IpvsadmOptions, runIpvsadm } from "../../../../cli/ipvsadm/run.ts";
import type { NameService } from "../../../../cli/ipvsadm/names.ts";
import { MemoryKernel } from "../../../support/memory_kernel.ts";

/** Names that do not depend on the machine. */
export const NAMES: NameService = {
  hostName: (address: IpAddress) => address === "10.0.0.1" ? "web.example" : undefined,
  hostAddress: (name: string) => name === "web.example" ? parseIpAddress("10.0.0.1") : undefined,
  serviceName: (port: number, protocol: Protocol) => port === 80 && protocol === "tcp" ? "http" : undefined,
  servicePort: (name: string, protocol: Protocol) => name === "http" && protocol === "tcp" ? 80 : undefined,
  [Symbol.dispose]: () => {},
};

/** The result of a command line. */
export interface Outcome {
  /** Exit status. */
  readonly status: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** Runs command lines on a kernel in memory. */
export class Bench {
  /** The kernel. */
  readonly kernel: MemoryKernel = new MemoryKernel();

  /** Runs one command line. */
  async run(args: readonly string[], options: IpvsadmOptions = {}): Promise<Outcome> {
    let stdout = "";
    let stderr = "";
    const context: KernelContext = {
      io: {
        out: (text) => stdout += text,
        err: (text) => stderr += text,
        control: () => {},
        readStdin: () => "",
        interactive: false,
        confirm: () => false,
      },
      openIpvs: () => Promise.resolve(this.kernel.openClient()),
    };
    const status = await runIpvsadm(args, context, { names: NAMES, ...options });
    return { status, stdout, stderr };
  }
}
