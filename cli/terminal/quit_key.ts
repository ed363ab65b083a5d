/** A listener for the key that ends a view; disposing of it ends the listening. */
export interface QuitKey extends AsyncDisposable {
  /** Aborted by the key. */
  readonly signal: AbortSignal;
}

const QUIT = "q".charCodeAt(0);

/**
 * Listens for `q` on the terminal of standard input; without a terminal, nothing is read. Ctrl-C still sends a signal.
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
  // No key can follow once the terminal is gone.
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
