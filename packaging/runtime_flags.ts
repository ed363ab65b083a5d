/**
 * The arguments of the runtime, for both kinds of executable.
 *
 * Permissions: `--allow-all` is the narrowest that works. Deno requires it for files below `/proc`, `/sys` and `/dev`
 * (`/proc/net/ip_vs_conn`, sysctls, `apply /dev/stdin`), and `--allow-ffi`, which the program needs, grants as much.
 * `--no-prompt`: Deno must never ask the user a question.
 *
 * @module
 */

/** Arguments of both `deno run` and `deno compile`: no file or setting outside the program may change its behaviour. */
const COMMON_FLAGS: readonly string[] = [
  "--allow-all",
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--quiet",
  "--ext=js",
];

/**
 * V8's settings for commands. They are short and run mostly cold, and the first access to memory is their main cost. So
 * the young generation stays small and is reused, the old one is not collected below 64 MB, no thread compiles in the
 * background of a program that ends soon, and V8's most expensive compiler is off. `deno task bench` measures the effect.
 */
export const COMMAND_ENGINE = "--v8-flags=--max-semi-space-size=1,--initial-heap-size=64,--single-threaded,--no-opt";

/**
 * V8's settings for the daemon, which runs for months: its hot code gets V8's best compiler. The collector works in the
 * isolate's own thread, because waking others costs more than they save. `--optimize-for-size` is not there: it saves no
 * memory in the end, and checks take six times as long. A limit of the heap turns a leak into a restart by the service
 * manager, before the machine has no memory left.
 */
export const DAEMON_ENGINE = "--v8-flags=--max-semi-space-size=2,--single-threaded-gc,--max-old-space-size=1024";

/**
 * The allocator of the C library for commands, in bytes. By default it takes new memory for each large block and gives it
 * back, so that a start accesses a megabyte for compiled code and another one for what follows.
 */
export const COMMAND_ALLOCATOR: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: "8388608",
  MALLOC_TRIM_THRESHOLD_: "33554432",
};

/**
 * The allocator for the daemon: all threads take memory from one place. They rarely need it at the same time, and several
 * places keep what is free in each.
 */
export const DAEMON_ALLOCATOR: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: "1" };

/** The arguments of `deno run` for any bundle, without V8's settings. */
export const RUN_FLAGS: readonly string[] = ["run", ...COMMON_FLAGS];

/** The arguments between the runtime and the bundle of a command when the launcher starts it. */
export const RUNTIME_FLAGS: readonly string[] = [...RUN_FLAGS, COMMAND_ENGINE];

/**
 * The arguments of `deno compile`, whose executable has the settings of commands for the daemon too. Without its code
 * cache, because that would be a file with a predictable name in the temporary directory, where other users can write,
 * and its contents are executed.
 */
export const COMPILE_FLAGS: readonly string[] = ["compile", ...COMMON_FLAGS, COMMAND_ENGINE, "--no-code-cache"];
