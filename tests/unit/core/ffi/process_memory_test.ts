import assert from "node:assert/strict";
import { codeRanges, releaseStartMemory } from "../../../../core/ffi/process_memory.ts";

/** Kilobytes of this executable's code that are in memory. */
function codeInMemory(): number {
  let isCode = false;
  let kilobytes = 0;
  for (const line of Deno.readTextFileSync("/proc/self/smaps").split("\n")) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isCode = line.includes(" r-xp ") && line.endsWith(Deno.execPath());
    else if (isCode) kilobytes += Number(/^Rss:\s+(\d+)/.exec(line)?.[1] ?? 0);
  }
  return kilobytes;
}

Deno.test("codeRanges() names only what the file of the executable can replace", () => {
  const maps = [
    "55d0c0a00000-55d0c1000000 r--p 00000000 fe:00 131 /usr/bin/lvs ctl",
    "55d0c1000000-55d0c4000000 r-xp 00600000 fe:00 131 /usr/bin/lvs ctl",
    "55d0c4000000-55d0c4100000 rw-p 03600000 fe:00 131 /usr/bin/lvs ctl",
    "7f0000000000-7f0000001000 r-xp 00000000 fe:00 9 /lib/libc.so.6",
    "7f0000002000-7f0000003000 rwxp 00000000 00:00 0 ",
    "7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0 [vdso]",
    "",
  ].join("\n");
  assert.deepEqual(codeRanges(maps, "/usr/bin/lvs ctl"), [[0x55d0c1000000n, 0x55d0c4000000n]]);
  assert.deepEqual(codeRanges(maps, "/usr/bin/lvs"), []);
});

Deno.test("releaseStartMemory() takes code out of memory, which is there again when it is called", () => {
  const before = codeInMemory();
  releaseStartMemory(Deno.readTextFileSync("/proc/self/maps"));
  assert.ok(codeInMemory() < before, `${codeInMemory()} KB, not less than ${before}`);
  // Code of the runtime that the release itself does not call.
  assert.equal(JSON.parse(JSON.stringify({ text: new Intl.NumberFormat("en").format(1234) })).text, "1,234");
});
