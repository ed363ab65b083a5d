import assert from "node:assert/strict";
import { groupArgument, groupIn } from "../../../../cli/daemon/group.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";

const GROUPS = "root:x:0:\nmonitoring:x:998:alice,bob\nbroken:x:many:\nempty\n";

Deno.test("groupIn() finds the id of a group by its name", () => {
  assert.equal(groupIn(GROUPS, "monitoring"), 998);
  assert.equal(groupIn(GROUPS, "root"), 0);
  for (const name of ["monitor", "alice", "broken", "empty", "x", ""]) assert.equal(groupIn(GROUPS, name), undefined);
});

Deno.test("groupArgument() takes a name or an id, and refuses any other text", () => {
  assert.equal(groupArgument("root"), 0);
  assert.equal(groupArgument("998"), 998);
  for (const text of ["no-such-group", "-1", "4294967295", "root:x", "\u001b[2J"]) {
    assert.throws(() => groupArgument(text), (error: unknown) => {
      assert.ok(error instanceof LvsctlError);
      assert.match(error.message, /^"[^\p{Cc}]*" is not a group of this machine; name a group of \/etc\/group$/u);
      return error.exitCode === EXIT.usage;
    });
  }
});
