import assert from "node:assert/strict";
import { killOrphans } from "../../../../core/process/run_command.ts";

/** Starts a command in a process group of its own. */
function start(script: string): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", script],
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

Deno.test("killOrphans() ends the processes that a command left in its group", async () => {
  // The background process keeps standard output open until it is killed.
  await using child = start("sleep 1000 & exit 0");
  await child.stdin.close();
  await child.status;
  killOrphans(child.pid);
  assert.equal(await new Response(child.stdout).text(), "");
});

Deno.test("killOrphans() leaves the group of another program that has got the command's number", async () => {
  const child = start("read line; echo $line");
  killOrphans(child.pid);
  await new Blob(["alive\n"]).stream().pipeTo(child.stdin);
  assert.equal(await new Response(child.stdout).text(), "alive\n");
  assert.equal((await child.status).signal, null);
});
