// Starts the bundle if Deno has no directory for its caches: for users who do not own the cache directory, on a
// read-only file system, and from memory.
//
// Without caches, Deno parses each module for imports before V8 parses it to run it, which takes as long as the rest of
// a start. The bundle has no imports, so V8 gets it directly. bundle.ts ensures that the text is both a module and the
// body of an async function.
const source = Deno.readTextFileSync(Deno.env.get("LVSCTL_BUNDLE"));
// deno-lint-ignore no-eval
await (0, eval)(`(async () => { "use strict"; ${source}\n})()\n//# sourceURL=lvsctl.js`);
