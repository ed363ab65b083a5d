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
  // Commands are short and run mostly cold, and the first access to memory is their main cost. So the young generation
  // stays small and is reused, the old one is not collected below 64 MB, no thread compiles in the background of a
  // program that ends soon, and V8's most expensive compiler is off. `deno task bench` measures the effect.
  "--v8-flags=--max-semi-space-size=1,--initial-heap-size=64,--single-threaded,--no-opt",
];

/** The arguments between the runtime and any bundle when the launcher starts it. */
export const RUNTIME_FLAGS: readonly string[] = ["run", ...COMMON_FLAGS];

/**
 * The arguments of `deno compile`. Without its code cache, because that would be a file with a predictable name in the
 * temporary directory, where other users can write, and its contents are executed.
 */
export const COMPILE_FLAGS: readonly string[] = ["compile", ...COMMON_FLAGS, "--no-code-cache"];
