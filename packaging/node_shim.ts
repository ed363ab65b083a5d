/**
 * Replacements for the parts of `node:` modules that commander uses.
 *
 * The first import of a real `node:` module makes Deno start its Node layer, which costs more than the rest of a short
 * command. `packaging/bundle.ts` inserts these; from source, `deno run cli/main.ts` uses the real ones.
 *
 * @module
 */

import { hasVariable, optionalVariable } from "../core/host/mod.ts";

/** A function that {@linkcode EventEmitter} calls for an event. */
export type Listener = (...values: unknown[]) => void;

/** The part of `EventEmitter` of `node:events` that commander uses. */
export class EventEmitter {
  readonly #listeners = new Map<string, Listener[]>();

  /** Calls `listener` each time `event` is emitted. */
  on(event: string, listener: Listener): this {
    const listeners = this.#listeners.get(event);
    if (listeners) listeners.push(listener);
    else this.#listeners.set(event, [listener]);
    return this;
  }

  /** Calls the listeners of `event` in the order of their addition; returns false if there are none. */
  emit(event: string, ...values: unknown[]): boolean {
    const listeners = this.#listeners.get(event);
    if (!listeners) return false;
    for (const listener of [...listeners]) listener.apply(this, values);
    return true;
  }

  /** The number of listeners of `event`. */
  listenerCount(event: string): number {
    return this.#listeners.get(event)?.length ?? 0;
  }
}

/** The part of Node's output streams that commander uses. */
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

/** `process.env`: reads one variable at a time, because copying all of them costs more. */
const env = new Proxy<Record<string, string | undefined>>({}, {
  get: (_target, name) => typeof name === "string" ? optionalVariable(name) : undefined,
  has: (_target, name) => typeof name === "string" && hasVariable(name),
});

function unsupported(): never {
  throw new TypeError("Executable subcommands are not supported");
}

/** The default export of `node:process`. */
export const process = {
  /** Standard output. */
  stdout: new Stream(Deno.stdout),
  /** Standard error. */
  stderr: new Stream(Deno.stderr),
  /** The environment, read only. */
  env,
  /** The arguments of `parse()` without arguments; callers pass `Deno.args` with `from: "user"` instead. */
  argv: [] as readonly string[],
  /** Flags of the runtime; commander looks for Node's `--eval` in them. */
  execArgv: [] as readonly string[],
  /** Versions of the runtime; commander looks for Electron's version. */
  versions: {},
  /** The operating system. */
  platform: "linux",
  /** The current exit status. */
  get exitCode(): number {
    return Deno.exitCode;
  },
  /** Ends the program. */
  exit(code?: number): never {
    Deno.exit(code);
  },
};

/** The default export of `node:path`: commander names a program after its file. */
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

/** The default export of `node:fs`: used for executable subcommands only. */
export const fs = {
  /** Used for executable subcommands only. */
  existsSync: unsupported,
  /** Used for executable subcommands only. */
  realpathSync: unsupported,
};

/** The default export of `node:child_process`: used for executable subcommands only. */
export const childProcess = {
  /** Used for executable subcommands only. */
  spawn: unsupported,
};

/** `stripVTControlCharacters` of `node:util`: commander measures coloured text with it. */
export function stripVTControlCharacters(text: string): string {
  // CSI sequences (colours, cursor), and OSC sequences (links, titles) up to BEL or ST
  const [bel, esc] = ["\u0007", "\u001b"];
  return text.replace(new RegExp(`${esc}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bel}${esc}]*(?:${bel}|${esc}\\\\))`, "g"), "");
}
