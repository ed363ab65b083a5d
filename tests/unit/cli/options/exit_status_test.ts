import assert from "node:assert/strict";
import { Command } from "../../../../cli/options/commander.ts";
import { exitStatusOf, withStatus } from "../../../../cli/options/exit_status.ts";
import { EXIT, type ExitCode } from "../../../../core/errors/mod.ts";

/** A program with a subcommand whose action returns a status. */
function program(status: ExitCode): Command {
  const leaf = new Command("leaf").argument("<word>").action(withStatus((word: string) => {
    assert.equal(word, "x");
    return Promise.resolve(status);
  }));
  return new Command("program").addCommand(new Command("group").addCommand(leaf));
}

Deno.test("exitStatusOf() is the status that a subcommand's action returned", async () => {
  for (const status of [EXIT.ok, EXIT.refused, EXIT.differs]) {
    const tree = program(status);
    await tree.parseAsync(["group", "leaf", "x"], { from: "user" });
    assert.equal(exitStatusOf(tree), status);
  }
});

Deno.test("exitStatusOf() is 0 before a command has run, and after an action without a status", async () => {
  assert.equal(exitStatusOf(program(EXIT.refused)), EXIT.ok);
  const tree = new Command("program").addCommand(new Command("leaf").action(() => {}));
  await tree.parseAsync(["leaf"], { from: "user" });
  assert.equal(exitStatusOf(tree), EXIT.ok);
});
