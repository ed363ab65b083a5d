import type { Context } from "../context/context.ts";
import type { Io } from "../context/io.ts";
import { DEFAULT_SIZE } from "../context/terminal_environment.ts";
import { listenFor } from "../context/signal_listener.ts";
import { type DisplayOptions, printLines } from "./display.ts";
import { Frame, type FrameContent } from "./frame.ts";
import { type KeyListener, listenForKeys } from "./keys.ts";
import { type Line, plainText } from "./line.ts";
import { repeat } from "./repeated_view.ts";
import { Screen } from "./screen.ts";

/** What a live view has read. */
export interface LiveData<Data> {
  /** The data to show; undefined for none yet. */
  readonly data: Data | undefined;
  /** Whether the view ends with it. */
  readonly isLast?: boolean | undefined;
}

/** A view that a terminal shows in place. */
export interface LiveView<Data, Item> {
  /** Reads the data, and stops if the signal is aborted. */
  readonly read: (signal: AbortSignal) => Promise<LiveData<Data>>;
  /** The content for data, in an order of `sorts`. */
  readonly content: (data: Data, sort: string) => FrameContent<Item>;
  /** The orders that the user can choose. */
  readonly sorts: readonly string[];
  /** The first order. */
  readonly sort?: string | undefined;
  /** The time between two readings; milliseconds. */
  readonly intervalMs: number;
}

/**
 * Shows a view on the terminal of standard output until it ends itself, a signal arrives, or the user quits; the
 * terminal is then as it was before. Keys scroll, filter and sort what was read last. A view that ends itself leaves its
 * last lines on the terminal.
 *
 * @throws {unknown} The error of the view, unless it had been ended already.
 */
export async function showLive<Data, Item>(
  context: Context,
  view: LiveView<Data, Item>,
  options: DisplayOptions = {},
): Promise<void> {
  const { io } = context;
  let latest: { readonly data: Data; readonly frame: Frame<Item> } | undefined;
  let isLast = false;
  {
    using interruption = context.listenForInterruption();
    using screen = new Screen(io, options);
    const quit = new AbortController();
    const draw = (): void => {
      if (latest !== undefined) screen.show(linesOf(io, view, latest));
    };
    await using keys = listenForKeys((key) => {
      if (latest?.frame.press(key) === false) quit.abort();
      else draw();
    });
    using _signals = listenFor({
      SIGWINCH: draw,
      ...stopAndContinue({ screen, keys, draw }),
    });
    const frame = new Frame<Item>({ ...view, hasKeys: keys.isListening });
    await repeat(context, {
      show: async (signal) => {
        const reading = await view.read(signal);
        if (signal.aborted) return false;
        if (reading.data !== undefined) latest = { data: reading.data, frame };
        draw();
        isLast = reading.isLast ?? false;
        return !isLast;
      },
      intervalMs: view.intervalMs,
    }, { signal: AbortSignal.any([interruption.signal, quit.signal]) });
  }
  // Without the line of keys at the end, and the blank ones before it.
  if (isLast && latest !== undefined) {
    const lines = linesOf(io, view, latest).slice(0, -1);
    printLines(io, lines.slice(0, lines.findLastIndex((line) => plainText(line) !== "") + 1), options);
  }
}

function linesOf<Data, Item>(
  io: Pick<Io, "terminalSize">,
  { content }: LiveView<Data, Item>,
  { data, frame }: { readonly data: Data; readonly frame: Frame<Item> },
): readonly Line[] {
  return frame.lines(content(data, frame.sort), io.terminalSize?.() ?? DEFAULT_SIZE);
}

/** Restores the terminal while a shell has stopped this process (Ctrl-Z); afterwards the view is shown again. */
function stopAndContinue(
  { screen, keys, draw }: { readonly screen: Screen; readonly keys: KeyListener; readonly draw: () => void },
): Readonly<Partial<Record<Deno.Signal, () => void>>> {
  return {
    SIGTSTP: () => {
      screen.leave();
      keys.setSingleKeys(false);
      Deno.kill(Deno.pid, "SIGSTOP");
    },
    SIGCONT: () => {
      keys.setSingleKeys(true);
      draw();
    },
  };
}
