const LIBRARY = "libc.so.6";

/** Constants of asm-generic/signal.h. */
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;

/** Bytes of sigset_t. */
const SET_BYTES = 128;

const SYMBOLS = {
  /** `int pthread_sigmask(int how, const sigset_t *set, sigset_t *oldset)` */
  pthread_sigmask: {
    parameters: ["i32", /* int how */ "buffer", /* const sigset_t *set */ "pointer" /* sigset_t *oldset */],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Lets blocked signals of this process arrive, at the calling thread; other threads keep them blocked.
 *
 * @param signals Their numbers.
 * @returns Blocks them again.
 */
export function unblockSignals(signals: readonly number[]): Disposable {
  changeMask(SIG_UNBLOCK, signals);
  return { [Symbol.dispose]: () => changeMask(SIG_BLOCK, signals) };
}

function changeMask(how: number, signals: readonly number[]): void {
  const set = new Uint8Array(SET_BYTES);
  for (const signal of signals) {
    const byte = (signal - 1) >> 3;
    set[byte] = (set[byte] ?? 0) | 1 << ((signal - 1) & 7);
  }
  const library = Deno.dlopen(LIBRARY, SYMBOLS);
  try {
    library.symbols.pthread_sigmask(how, set, null);
  } finally {
    library.close();
  }
}
