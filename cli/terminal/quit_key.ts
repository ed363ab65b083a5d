/** Listening for a key by which a person ends a view; it ends when disposed of. */
export interface QuitKey extends AsyncDisposable {
  /** Aborted by the key. */
  readonly signal: AbortSignal;
}

const QUIT = "q".charCodeAt(0);

/**
 * Listens for `q` on the terminal that is standard input; where that is none, nothing is read. Ctrl-C goes on to be the
 * signal that it is.
 */
export function listenForQuit(): QuitKey {
  const controller = new AbortController();
  const { signal } = controller;
  if (!Deno.stdin.isTerminal()) return { signal, [Symbol.asyncDispose]: () => Promise.resolve() };
  Deno.stdin.setRaw(true, { cbreak: true });
  const reader = Deno.stdin.readable.getReader();
  const listen = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      if (value.includes(QUIT)) controller.abort();
    }
  };
  // A terminal that is gone presses no keys.
  const listening = listen().catch(() => {});
  return {
    signal,
    [Symbol.asyncDispose]: async () => {
      await reader.cancel().catch(() => {});
      await listening;
      Deno.stdin.setRaw(false);
    },
  };
}
