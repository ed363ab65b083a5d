import assert from "node:assert/strict";
import { isUnitStopping } from "../../../../cli/daemon/unit_jobs.ts";

/** Whether a unit is being stopped while systemd has these jobs. */
async function isStopping(jobs: string | undefined): Promise<boolean> {
  return await isUnitStopping("lvsctl.service", (words) => {
    assert.equal(words.at(-1), "lvsctl.service");
    return Promise.resolve(jobs);
  });
}

Deno.test("isUnitStopping() tells a stop from a restart, a start, and no job", async () => {
  assert.equal(await isStopping("17 lvsctl.service stop running\n"), true);
  assert.equal(await isStopping("  17 lvsctl.service  stop    waiting\n"), true);
  for (const kind of ["restart", "start", "try-restart"]) {
    assert.equal(await isStopping(`17 lvsctl.service ${kind} running\n`), false, kind);
  }
  assert.equal(await isStopping(""), false);
  assert.equal(await isStopping("17 lvsctl-check.service stop running\n"), false);
});

Deno.test("isUnitStopping() takes a unit for running where systemd does not answer", async () => {
  assert.equal(await isStopping(undefined), false);
});
