// Starts the bundle if Deno has no directory for its caches: for users who do not own the cache directory, on a
// read-only file system, and from memory. Or merges the logs of Deno's databases into them, for the launcher.
//
// Without caches, Deno parses each module for imports before V8 parses it to run it, which takes as long as the rest of
// a start. The bundle has no imports, so V8 gets it directly. bundle.ts ensures that the text is both a module and the
// body of an async function.
const directory = Deno.env.get("LVSCTL_CODE_CACHE");
if (directory === undefined) {
  const source = Deno.readTextFileSync(Deno.env.get("LVSCTL_BUNDLE"));
  // deno-lint-ignore no-eval
  await (0, eval)(`(async () => { "use strict"; ${source}\n})()\n//# sourceURL=lvsctl.js`);
} else {
  // Deno would look at a plain name at each start.
  const { DatabaseSync } = await import(["node", "sqlite"].join(":"));
  for (const name of ["v8_code_cache_v2", "dep_analysis_cache_v2", "node_analysis_cache_v2"]) {
    const database = new DatabaseSync(`${directory}/${name}`);
    // Otherwise Deno does so at its next start, which begins a new log.
    database.exec("ANALYZE");
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
  }
}
