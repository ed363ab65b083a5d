import assert from "node:assert/strict";
import { PLAYBOOK, PLAYBOOK_START } from "../../support/playbook.ts";
import { Director, lvsctlPath } from "../director.ts";

Deno.test("a playbook of --ensure --json reports changed for every task, and the second time for none", async () => {
  await using director = await Director.create();
  for (const line of PLAYBOOK_START) await director.must(line);
  let before = "";
  for (const expected of [true, false]) {
    for (const task of PLAYBOOK) {
      const { changed, changes } = await director.json(task) as {
        readonly changed: boolean;
        readonly changes: unknown[];
      };
      assert.deepEqual({ changed, isSome: changes.length > 0 }, { changed: expected, isSome: expected }, task);
    }
    const after = await director.everything();
    if (!expected) assert.equal(after, before);
    before = after;
  }
});

Deno.test("errors are documents of one line, names feed xargs, and YAML is what --json prints", async () => {
  await using director = await Director.create();
  const services = ["tcp://192.0.2.10:80", "fwmark6:7"];
  for (const service of services) await director.must(`service add ${service}`);
  assert.equal(await director.must("list -o name"), `${services.join("\n")}\n`);
  assert.match(
    await director.must("list -o yaml"),
    /^version: 2\nservices:\n {2}- service: "tcp:\/\/192\.0\.2\.10:80"\n/,
  );
  for (
    const [words, status, errno] of [["service add fwmark6:7", 1, "EEXIST"], ["service add nope", 2, null]] as const
  ) {
    const { code, stdout, stderr } = await director.lvsctl(`${words} --json`);
    assert.deepEqual([code, stdout], [status, ""]);
    const { version, error } = JSON.parse(stderr);
    assert.deepEqual([version, error.errno, error.status], [2, errno, status]);
  }
  await director.run(["sh", "-c", '"$0" list -o name | xargs "$0" service delete', lvsctlPath()]);
  assert.deepEqual(await director.rules(), []);
});
