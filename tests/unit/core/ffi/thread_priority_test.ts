import assert from "node:assert/strict";
import { raisePriority, type ThreadPriority } from "../../../../core/ffi/thread_priority.ts";

/** How the kernel runs a process (proc(5), `/proc/PID/stat`). */
function priorityOf(pid: number): ThreadPriority {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  const [nice, policy] = [Number(fields[16]), Number(fields[38])];
  if (policy === 2) return "real-time";
  return nice === -20 ? "high" : "usual";
}

Deno.test("raisePriority() gives a thread the priority that it returns, and no other thread", async () => {
  const [raised, other] = [1, 2].map(() => new Deno.Command("sleep", { args: ["60"] }).spawn());
  assert.ok(raised !== undefined && other !== undefined);
  try {
    assert.equal(raisePriority([raised.pid]), priorityOf(raised.pid));
    assert.equal(priorityOf(other.pid), "usual");
  } finally {
    for (const child of [raised, other]) {
      child.kill("SIGKILL");
      await child.status;
    }
  }
});

Deno.test("raisePriority() names the priority that all threads have", () => {
  // No process has this number.
  assert.equal(raisePriority([2 ** 31 - 1]), "usual");
});
