import assert from "node:assert/strict";
import { isAloneInService } from "../../../../core/host/mod.ts";

/** Reads these files, and no others. */
function reader(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => files[path] ?? assert.fail(`no file ${path}`);
}

const GROUP = "/sys/fs/cgroup/system.slice/lvsctl.service/cgroup.procs";

Deno.test("isAloneInService() counts the processes of the service's control group", () => {
  const own = { "/proc/self/cgroup": "0::/system.slice/lvsctl.service\n" };
  assert.equal(isAloneInService(reader({ ...own, [GROUP]: "12\n" })), true);
  assert.equal(isAloneInService(reader({ ...own, [GROUP]: "12\n34\n" })), false);
});

Deno.test("isAloneInService() knows nothing outside of a service, and of control groups of version 1", () => {
  for (const text of ["0::/\n", "0::/user.slice/user-0.slice/session-1.scope\n", "1:name=systemd:/a.service\n", ""]) {
    assert.equal(isAloneInService(reader({ "/proc/self/cgroup": text })), undefined, text);
  }
  const unreadable = reader({ "/proc/self/cgroup": "4:cpu:/\n0::/system.slice/lvsctl.service\n" });
  assert.equal(isAloneInService(unreadable), undefined);
});
