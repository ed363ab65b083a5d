const LIBRARY = "libc.so.6";

/** Constants of linux/sched.h and sys/resource.h. */
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
const PRIO_PROCESS = 0;

/** The lowest real-time priority, and the highest other one. */
const REAL_TIME = 1;
const NICEST = -20;

const SYMBOLS = {
  /** `int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)` */
  sched_setscheduler: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  /** `int setpriority(int which, id_t who, int prio)` */
  setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** How threads run from now on. */
export type ThreadPriority = "real-time" | "high" | "usual";

/**
 * Lets threads run before those of all programs without real-time priority, or at least before most others, as far as this
 * process may (CAP_SYS_NICE). Programs that they start do not inherit it.
 *
 * @param threads Their numbers.
 * @returns The priority that all of them have.
 */
export function raisePriority(threads: readonly number[]): ThreadPriority {
  const library = Deno.dlopen(LIBRARY, SYMBOLS);
  try {
    const { sched_setscheduler, setpriority } = library.symbols;
    const parameters = new Uint8Array(Int32Array.of(REAL_TIME).buffer);
    const policy = SCHED_RR | SCHED_RESET_ON_FORK;
    const isRealTime = threads.map((thread) => sched_setscheduler(thread, policy, parameters) === 0);
    if (isRealTime.every(Boolean)) return "real-time";
    // The control group of the process may have no real-time share.
    const isHigh = threads.map((thread) => setpriority(PRIO_PROCESS, thread, NICEST) === 0);
    return isHigh.every(Boolean) ? "high" : "usual";
  } finally {
    library.close();
  }
}
