/** Keys with names; any other key is its character. */
export type NamedKey =
  | "up"
  | "down"
  | "page-up"
  | "page-down"
  | "home"
  | "end"
  | "enter"
  | "escape"
  | "backspace";

/** A key of a keyboard. */
export type Key = { readonly name: NamedKey } | { readonly character: string };

/** What terminals send for keys, after ESC (xterm, VT220, Linux console, application mode). */
const SEQUENCES: Readonly<Record<string, NamedKey>> = {
  "[A": "up",
  "[B": "down",
  "[H": "home",
  "[F": "end",
  "[1~": "home",
  "[4~": "end",
  "[5~": "page-up",
  "[6~": "page-down",
  "[7~": "home",
  "[8~": "end",
  "OA": "up",
  "OB": "down",
  "OH": "home",
  "OF": "end",
};

const CONTROLS: Readonly<Record<string, NamedKey>> = {
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x1b": "escape",
};

/** A sequence of a terminal, or one character. */
// deno-lint-ignore no-control-regex -- the pattern is for control characters
const PART = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O[A-Z])|[^]/gu;

/** The keys in text that a terminal sends; unknown sequences and control characters are no keys. */
export function keysIn(text: string): readonly Key[] {
  return [...text.matchAll(PART)].flatMap(([part]): Key[] => {
    const name = part.length > 1 && part.startsWith("\x1b") ? SEQUENCES[part.slice(1)] : CONTROLS[part];
    if (name !== undefined) return [{ name }];
    return /^[\p{Cc}]/u.test(part) ? [] : [{ character: part }];
  });
}

/** A listener for keys; disposing of it ends the listening and restores the terminal. */
export interface KeyListener extends AsyncDisposable {
  /** Whether there is a terminal that sends keys. */
  readonly isListening: boolean;
  /** Sets the terminal to send single keys, or whole lines as before. */
  setSingleKeys(isSingle: boolean): void;
}

/** Listens for keys on the terminal of standard input; without one, nothing is read. Ctrl-C still sends a signal. */
export function listenForKeys(onKey: (key: Key) => void): KeyListener {
  if (!Deno.stdin.isTerminal()) {
    return { isListening: false, setSingleKeys: () => {}, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const setSingleKeys = (isSingle: boolean): void => Deno.stdin.setRaw(isSingle, { cbreak: true });
  setSingleKeys(true);
  const reader = Deno.stdin.readable.getReader();
  const decoder = new TextDecoder();
  const listen = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const key of keysIn(decoder.decode(value, { stream: true }))) onKey(key);
    }
  };
  // No key can follow once the terminal is gone.
  const listening = listen().catch(() => {});
  return {
    isListening: true,
    setSingleKeys,
    [Symbol.asyncDispose]: async () => {
      await reader.cancel().catch(() => {});
      await listening;
      setSingleKeys(false);
    },
  };
}
