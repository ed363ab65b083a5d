// Starts the bundle where Deno has no directory for its caches: for other users than the one who owns the cache
// directory, on a read-only file system, and from memory.
//
// Without these caches Deno parses each module for imports before V8 parses it to run it, which takes as long as all
// the rest of a start. The bundle has no imports to be found, so it is handed to V8 alone. bundle.ts sees to it that
// the text is both a module and the body of an async function.
const source = Deno.readTextFileSync(Deno.env.get("LVSCTL_BUNDLE"));
// deno-lint-ignore no-eval
await (0, eval)(`(async () => { "use strict"; ${source}\n})()\n//# sourceURL=lvsctl.js`);
