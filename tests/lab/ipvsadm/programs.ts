/**
 * The two programs that are compared: each runs a command of a case and says how it went.
 *
 * @module
 */
import { runIpvsadm } from "../../../cli/ipvsadm/run.ts";
import { runIpvsadmRestore, runIpvsadmSave } from "../../../cli/ipvsadm/wrappers.ts";
import type { Outcome, Step } from "./case_file.ts";
import { kernelContext } from "../../../cli/context/kernel_context.ts";

/** Where {@linkcode Programs} are. */
export interface ProgramsOptions {
  /**
   * A directory that is searched before all others.
   *
   * @default none: Debian's own are found
   */
  readonly directory?: string;
  /** The network namespace to run in; by default this process's. */
  readonly namespace?: string;
}

/**
 * A shell that runs programs as PATH finds them: Debian's ipvsadm and its wrappers, or links of these names to lvsctl.
 * One for all cases: starting a process from Deno costs three times as much in a guest as from a small shell.
 */
export class Programs implements AsyncDisposable {
  readonly #shell: Deno.ChildProcess;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array>;
  readonly #replies: ReadableStreamDefaultReader<Uint8Array>;
  readonly #directory: string;

  /** Starts the shell. */
  constructor({ directory, namespace }: ProgramsOptions = {}) {
    this.#directory = Deno.makeTempDirSync();
    const [program, ...args] = [...namespace === undefined ? [] : ["ip", "netns", "exec", namespace], "dash"];
    this.#shell = new Deno.Command(program ?? "dash", {
      args,
      stdin: "piped",
      stdout: "piped",
      cwd: this.#directory,
      env: directory === undefined ? {} : { PATH: `${directory}:${Deno.env.get("PATH")}` },
    }).spawn();
    this.#commands = this.#shell.stdin.getWriter();
    this.#replies = this.#shell.stdout.getReader();
  }

  /** Runs one command, without input. */
  async runOne(...argv: readonly string[]): Promise<Outcome> {
    const [outcome] = await this.run([{ argv, stdin: "" }]);
    if (outcome === undefined) throw new Error("the command was not run");
    return outcome;
  }

  /** Runs commands one after another. */
  async run(steps: readonly Pick<Step, "argv" | "stdin">[]): Promise<Outcome[]> {
    let script = "";
    for (const [index, { argv, stdin }] of steps.entries()) {
      if (stdin !== "") Deno.writeTextFileSync(`${this.#directory}/in${index}`, stdin);
      const input = stdin === "" ? "/dev/null" : `in${index}`;
      script += `${argv.map(quote).join(" ")} <${input} >out${index} 2>err${index}; echo $? >status${index}\n`;
    }
    await this.#commands.write(new TextEncoder().encode(`${script}echo done\n`));
    const { done } = await this.#replies.read();
    if (done) throw new Error("the shell ended");
    const read = (name: string): string => Deno.readTextFileSync(`${this.#directory}/${name}`);
    return steps.map((_, index) => ({
      stdout: read(`out${index}`),
      // The shell's own word on a program that a signal ended.
      stderr: read(`err${index}`).replace(/^Segmentation fault.*\n/m, ""),
      status: Number(read(`status${index}`)),
    }));
  }

  /** Ends the shell. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commands.close();
    await this.#replies.cancel();
    await this.#shell.status;
    await Deno.remove(this.#directory, { recursive: true });
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

const ENTRIES = { ipvsadm: runIpvsadm, "ipvsadm-save": runIpvsadmSave, "ipvsadm-restore": runIpvsadmRestore } as const;

/** lvsctl, in this process: its start would be most of the time. */
export async function runLvsctl({ argv, stdin }: Pick<Step, "argv" | "stdin">): Promise<Outcome> {
  const [program = "", ...args] = argv;
  const entry = Object.entries(ENTRIES).find(([name]) => name === program)?.[1];
  if (entry === undefined) throw new Error(`no such program: ${program}`);
  let stdout = "";
  let stderr = "";
  const status = await entry(
    args,
    kernelContext({
      out: (text) => stdout += text,
      err: (text) => stderr += text,
      control: () => {},
      readStdin: () => stdin,
      interactive: false,
      confirm: () => false,
    }),
  );
  return { stdout, stderr, status };
}

/**
 * Links of ipvsadm's names to the compiled lvsctl.
 *
 * @param program The path of lvsctl.
 * @returns The directory that they are in.
 */
export function linkPrograms(program: string): string {
  const directory = Deno.makeTempDirSync();
  for (const name of Object.keys(ENTRIES)) Deno.symlinkSync(program, `${directory}/${name}`);
  return directory;
}
