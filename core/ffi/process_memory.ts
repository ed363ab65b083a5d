const LIBRARY = "libc.so.6";

/** Constant of asm-generic/mman-common.h. */
const MADV_DONTNEED = 4;

const SYMBOLS = {
  /** `int madvise(void *addr, size_t length, int advice)` */
  madvise: { parameters: ["u64", "usize", "i32"], result: "i32" },
  /** `int malloc_trim(size_t pad)` */
  malloc_trim: { parameters: ["usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A part of the address space: from the first address up to, but not including, the second. */
export type AddressRange = readonly [start: bigint, end: bigint];

/**
 * The parts of a process that have the code of its executable.
 *
 * Only what is executable and not writable: the linker has changed other private pages, which the file cannot replace.
 *
 * @param maps The text of `/proc/PID/maps`: see proc(5).
 * @param executable The path of the executable.
 */
export function codeRanges(maps: string, executable: string): AddressRange[] {
  return maps.split("\n").flatMap((line): AddressRange[] => {
    const [, start, end, path] = /^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ \d+ +(.*)$/.exec(line) ?? [];
    return path === executable ? [[BigInt(`0x${start}`), BigInt(`0x${end}`)]] : [];
  });
}

/**
 * Frees the memory that only the start of this process has used: code of the executable, which the kernel maps again when
 * it is called again, and free native memory. Without effect if the kernel refuses.
 *
 * @param maps The text of `/proc/self/maps`.
 */
export function releaseStartMemory(maps: string): void {
  const library = Deno.dlopen(LIBRARY, SYMBOLS);
  try {
    for (const [start, end] of codeRanges(maps, Deno.execPath())) {
      library.symbols.madvise(start, end - start, MADV_DONTNEED);
    }
    library.symbols.malloc_trim(0n);
  } finally {
    library.close();
  }
}
