/**
 * Stand-ins for the few things that commander takes from `node:` modules.
 *
 * The first import of a real `node:` module makes Deno start its Node layer, which costs more than everything else
 * that a short command does. `packaging/bundle.ts` puts these in their place; from source, `deno run cli/main.ts`
 * uses the real ones.
 *
 * @module
 */

/** What is called when an event is emitted: a listener of {@linkcode EventEmitter}. */
export type Listener = (...values: unknown[]) => void;

/** `EventEmitter` of `node:events`, as far as commander uses it. */
export class EventEmitter {
  readonly #listeners = new Map<string, Listener[]>();

  /** Calls `listener` each time `event` is emitted. */
  on(event: string, listener: Listener): this {
    const listeners = this.#listeners.get(event);
    if (listeners) listeners.push(listener);
    else this.#listeners.set(event, [listener]);
    return this;
  }

  /** Calls the listeners of `event` in the order in which they came; false if there are none. */
  emit(event: string, ...values: unknown[]): boolean {
    const listeners = this.#listeners.get(event);
    if (!listeners) return false;
    for (const listener of [...listeners]) listener.apply(this, values);
    return true;
  }

  /** How many listeners `event` has. */
  listenerCount(event: string): number {
    return this.#listeners.get(event)?.length ?? 0;
  }
}

/** Standard output or standard error as commander sees it. */
class Stream {
  readonly #target: typeof Deno.stdout;

  constructor(target: typeof Deno.stdout) {
    this.#target = target;
  }

  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) written += this.#target.writeSync(bytes.subarray(written));
  }

  get isTTY(): boolean {
    return this.#target.isTerminal();
  }

  get columns(): number | undefined {
    try {
      return Deno.consoleSize().columns;
    } catch {
      return undefined; // no terminal
    }
  }

  hasColors(): boolean {
    return !Deno.noColor;
  }
}

/** `process.env`: read one name at a time, since copying all of it costs more. */
const env = new Proxy<Record<string, string | undefined>>({}, {
  get: (_target, name) => typeof name === "string" ? Deno.env.get(name) : undefined,
  has: (_target, name) => typeof name === "string" && Deno.env.has(name),
});

function unsupported(): never {
  throw new TypeError("Executable subcommands are not supported");
}

/** What `node:process` exports as default. */
export const process = {
  /** Standard output. */
  stdout: new Stream(Deno.stdout),
  /** Standard error. */
  stderr: new Stream(Deno.stderr),
  /** The environment, read only. */
  env,
  /** What `parse()` without arguments would read: give it `Deno.args` with `from: "user"` instead. */
  argv: [] as readonly string[],
  /** Flags of the runtime; commander looks for Node's `--eval` in them. */
  execArgv: [] as readonly string[],
  /** Versions of the runtime; commander looks for Electron's. */
  versions: {},
  /** The operating system. */
  platform: "linux",
  /** The exit status that was set so far. */
  get exitCode(): number {
    return Deno.exitCode;
  },
  /** Ends the program. */
  exit(code?: number): never {
    Deno.exit(code);
  },
};

/** What `node:path` exports as default: commander names a program by its file. */
export const path = {
  /** The last part of a path, without the suffix. */
  basename(file: string, suffix = ""): string {
    const name = file.slice(file.lastIndexOf("/") + 1);
    return suffix && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  },
  /** The suffix of the last part, with its dot. */
  extname(file: string): string {
    const name = file.slice(file.lastIndexOf("/") + 1);
    const dot = name.lastIndexOf(".");
    return dot > 0 ? name.slice(dot) : "";
  },
  /** Used for executable subcommands only. */
  dirname: unsupported,
  /** Used for executable subcommands only. */
  resolve: unsupported,
};

/** What `node:fs` exports as default: used for executable subcommands only. */
export const fs = {
  /** Used for executable subcommands only. */
  existsSync: unsupported,
  /** Used for executable subcommands only. */
  realpathSync: unsupported,
};

/** What `node:child_process` exports as default: used for executable subcommands only. */
export const childProcess = {
  /** Used for executable subcommands only. */
  spawn: unsupported,
};

/** `stripVTControlCharacters` of `node:util`: commander measures coloured text with it. */
export function stripVTControlCharacters(text: string): string {
  // CSI sequences (colours, cursor), and OSC sequences (links, titles) up to BEL or ST
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))/g, "");
}
