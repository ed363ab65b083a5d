/**
 * A pane of tmux, 80 x 24, for programs in the lab: tmux itself says which rows it wrapped and what it scrolled.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Director } from "./director.ts";

const SIZE = { columns: 80, rows: 24 };

const SETTINGS = `set -g status off
set -g history-limit 100000
set -g default-terminal screen
set -g default-command "exec sleep 3600"
`;

/** What a pane shows. */
export interface PaneView {
  /** The rows without blanks at their ends, and without the empty ones at the bottom. */
  readonly rows: readonly string[];
  /** The rows that have left at the top. */
  readonly scrolled: number;
}

/** A line between what several commands of tmux print. */
const SEPARATOR = "=====";

/** A server of tmux with one pane, on a director. */
export class Tmux implements AsyncDisposable {
  readonly #director: Director;

  private constructor(director: Director) {
    this.#director = director;
  }

  /** Starts it. */
  static async create(director: Director): Promise<Tmux> {
    await Deno.writeTextFile("/tmp/tmux.conf", SETTINGS);
    const tmux = new Tmux(director);
    await tmux.#must("-f", "/tmp/tmux.conf", "new-session", "-d", "-x", `${SIZE.columns}`, "-y", `${SIZE.rows}`);
    return tmux;
  }

  /** Ends it, with what runs in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#must("kill-server");
  }

  /** Starts a shell command in the pane, which is empty then; it ends with a line of its status. */
  async start(command: string): Promise<void> {
    await this.#must("respawn-pane", "-k", `${command}; echo "ended $?"; tmux wait-for -S ended; exec sleep 3600`);
    await this.#must("clear-history");
  }

  /** Runs a shell command in the pane, and returns all rows that it wrote. */
  async rowsOf(command: string): Promise<readonly string[]> {
    await this.start(command);
    await this.#must("wait-for", "ended");
    return (await this.assertUnwrapped(command)).slice(0, -1);
  }

  /** Whether the last row is that of a command's end. */
  isEnded(rows: readonly string[]): boolean {
    return /^ended \d+$/.test(rows.at(-1) ?? "");
  }

  /** Asserts that no row continues on the next one, as tmux knows it, and returns all rows. */
  async assertUnwrapped(what: string): Promise<readonly string[]> {
    const [joined = "", shown = ""] = await this.#together(
      ["capture-pane", "-p", "-J", "-S", "-"],
      ["capture-pane", "-p", "-S", "-"],
    );
    assert.deepEqual(rowsOf(joined), rowsOf(shown), what);
    return rowsOf(shown);
  }

  /** What the pane shows now. */
  async view(): Promise<PaneView> {
    const [shown = "", scrolled] = await this.#together(
      ["capture-pane", "-p"],
      ["display-message", "-p", "#{history_size}"],
    );
    return { rows: rowsOf(shown), scrolled: Number(scrolled) };
  }

  /** Types a key, by tmux's name for it. */
  async type(key: string): Promise<void> {
    await this.#must("send-keys", key);
  }

  /** The outputs of several commands, between which the pane does not change. */
  async #together(...commands: readonly (readonly string[])[]): Promise<readonly string[]> {
    const parted = commands.flatMap((command) => [...command, ";", "display-message", "-p", SEPARATOR, ";"]);
    return (await this.#must(...parted)).split(`${SEPARATOR}\n`);
  }

  async #must(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#director.run(["tmux", "-L", "lvsctl", ...words], {
      env: { TERM: "screen", LC_ALL: "C.UTF-8" },
    });
    assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
    return stdout;
  }
}

/** The rows of a text without blanks at their ends, and without the empty ones at the bottom. */
function rowsOf(text: string): readonly string[] {
  return text.trimEnd().split("\n").map((row) => row.trimEnd());
}
