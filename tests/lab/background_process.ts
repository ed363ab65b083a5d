/**
 * A program that runs while a test does other things.
 *
 * @module
 */

/** What a program that runs in the background may be given. */
export interface BackgroundOptions {
  /** Environment variables, added to this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether it will be given input, by {@linkcode BackgroundProcess.write}; else its standard input is empty.
   *
   * @default {false}
   */
  readonly takesInput?: boolean;
}

/** A running program whose output is read as it comes. */
export class BackgroundProcess implements AsyncDisposable {
  readonly #argv: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #finished: Promise<number>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;
  #ended = false;
  #stdout = "";
  #stderr = "";
  #wake: () => void = () => {};

  private constructor(argv: readonly string[], child: Deno.ChildProcess, takesInput: boolean) {
    this.#argv = argv;
    this.#child = child;
    this.#input = takesInput ? child.stdin.getWriter() : undefined;
    this.#finished = this.#follow();
  }

  /**
   * Starts a program.
   *
   * @param argv the program and its arguments
   * @param options its environment, and whether it takes input
   * @returns the running program, to be disposed of
   */
  static start(argv: readonly string[], options: BackgroundOptions = {}): BackgroundProcess {
    const [program = "", ...args] = argv;
    const { takesInput = false, ...others } = options;
    const stdin = takesInput ? "piped" : "null";
    const child = new Deno.Command(program, { args, ...others, stdin, stdout: "piped", stderr: "piped" }).spawn();
    return new BackgroundProcess(argv, child, takesInput);
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** What it has written to standard output so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** What it has written to standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /**
   * Gives it input.
   *
   * @param text what it can read
   * @throws {Error} if it was not started to take input, or has ended
   */
  async write(text: string): Promise<void> {
    if (this.#input === undefined) throw new Error(`'${this.#argv.join(" ")}' takes no input`);
    await this.#input.write(new TextEncoder().encode(text));
  }

  /**
   * Waits for something in its output.
   *
   * @param pattern what either of its outputs will match
   * @param options a time limit, by default of 10 seconds
   * @throws {Error} if it ends without, or takes too long; with all of its output
   */
  async untilOutput(pattern: RegExp, options: { readonly timeLimitSeconds?: number } = {}): Promise<void> {
    const { timeLimitSeconds = 10 } = options;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, timeLimitSeconds * 1000);
    try {
      while (!pattern.test(this.#stdout) && !pattern.test(this.#stderr)) {
        if (this.#ended || late) {
          const problem = late ? `did not within ${timeLimitSeconds} s` : "ended before it did";
          throw new Error(
            `'${this.#argv.join(" ")}' was to write ${pattern} and ${problem}:\n${this.#stdout}${this.#stderr}`,
          );
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits for its end.
   *
   * @returns its exit code, and 128 more than the signal's number if one ended it
   */
  finished(): Promise<number> {
    return this.#finished;
  }

  /**
   * Sends it a signal, unless it has ended.
   *
   * @param signal which
   */
  signal(signal: Deno.Signal): void {
    if (this.#ended) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended just now, which this process learns only in the next turn of its event loop.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Kills it, unless it has ended, and waits for that. */
  async stop(): Promise<void> {
    this.signal("SIGKILL");
    await this.#finished;
  }

  /** As {@linkcode stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #follow(): Promise<number> {
    const [{ code }] = await Promise.all([
      this.#child.status.finally(() => this.#ended = true),
      this.#read(this.#child.stdout, (text) => this.#stdout += text),
      this.#read(this.#child.stderr, (text) => this.#stderr += text),
    ]);
    // Whatever it did not read is lost with it.
    await this.#input?.abort().catch(() => {});
    this.#wake();
    return code;
  }

  async #read(output: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of output) {
      add(decoder.decode(bytes, { stream: true }));
      this.#wake();
    }
  }
}
