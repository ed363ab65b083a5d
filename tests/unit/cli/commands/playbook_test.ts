import assert from "node:assert/strict";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";
import { PLAYBOOK, PLAYBOOK_START } from "../../../support/playbook.ts";

Deno.test("a playbook of --ensure --json reports changed for every task, and the second time for none", async () => {
  const root = Deno.makeTempDirSync();
  try {
    const options = {
      kernel: memoryKernel({}),
      routes: new MemoryRoutes(),
      directories: { run: `${root}/run`, state: `${root}/state` },
    };
    for (const line of PLAYBOOK_START) assert.equal((await lvsctl(line, options)).code, EXIT.ok, line);
    for (const expected of [true, false]) {
      for (const task of PLAYBOOK) {
        const { code, out, err } = await lvsctl(`${task} --json`, options);
        assert.deepEqual([code, err], [EXIT.ok, ""], task);
        const { changed, changes, dry_run: dryRun } = JSON.parse(out);
        assert.deepEqual([changed, changes.length > 0, dryRun], [expected, expected, false], task);
      }
    }
    const entries = JSON.parse((await lvsctl("history --json", options)).out).entries;
    assert.equal(entries.length, PLAYBOOK_START.length + PLAYBOOK.length);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});
