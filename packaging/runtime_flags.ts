/**
 * With what the runtime is started, in one place for both kinds of executable.
 *
 * Permissions: `--allow-all` is the narrowest that works. Deno gives access to anything below `/proc`, `/sys` and
 * `/dev` (`/proc/net/ip_vs_conn`, sysctls, `apply /dev/stdin`) to nothing less, and `--allow-ffi` alone, which the
 * program cannot do without, is worth as much. `--no-prompt`: a question of Deno's own must never appear.
 *
 * @module
 */

/** What means the same to `deno run` and to `deno compile`: nothing around the program may change it. */
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
  // Commands are short and run mostly cold, and memory that is touched for the first time is what they pay for: a small
  // young generation is used again instead of growing, the old one is left alone until it has 64 MB, nothing is compiled
  // on other threads for a program that will have ended, and the costliest of V8's compilers stays out.
  // `deno task bench` shows what that gives.
  //
  // The last flag: a regular expression of a check that begins to try every combination, which may take for ever, is
  // matched by V8's engine that takes a time in proportion to the text.
  "--v8-flags=--max-semi-space-size=1,--initial-heap-size=64,--single-threaded,--no-opt,--enable-experimental-regexp-engine-on-excessive-backtracks",
];

/** The arguments between the runtime and any bundle when the launcher starts it. */
export const RUNTIME_FLAGS: readonly string[] = ["run", ...COMMON_FLAGS];

/**
 * The arguments of Deno for an executable made by `deno compile`. Its code cache would be a file with a name that
 * can be foreseen in the temporary directory, where others may write, and what is in it gets executed.
 */
export const COMPILE_FLAGS: readonly string[] = ["compile", ...COMMON_FLAGS, "--no-code-cache"];
