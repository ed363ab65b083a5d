import type { Context } from "../../cli/context.ts";
import { run } from "../../cli/run.ts";
import { EXIT } from "../../core/errors/mod.ts";
import type { MemoryKernel } from "./memory_kernel.ts";

/** What a command line printed, and its status. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How a command line is run. */
export interface CommandLineOptions {
  /** The kernel; without it, reaching for one is a failure of the test. */
  readonly kernel?: MemoryKernel;
  readonly stdin?: string;
  /** The answer to a question; without it, there is no terminal. */
  readonly answer?: boolean;
}

/** Runs a command line of lvsctl, words parted by blanks, on an in-memory kernel. */
export async function lvsctl(line: string, options: CommandLineOptions = {}): Promise<Printed> {
  let out = "";
  let err = "";
  const { kernel, stdin, answer } = options;
  const context: Context = {
    io: {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      readStdin: () => stdin ?? "",
      interactive: answer !== undefined,
      confirm: () => answer ?? false,
    },
    openIpvs: () => {
      if (kernel === undefined) throw new Error("the command opened the kernel");
      return Promise.resolve(kernel.openClient());
    },
    exitCode: EXIT.ok,
  };
  const code = await run(line === "" ? [] : line.split(" "), context);
  return { code, out, err };
}
