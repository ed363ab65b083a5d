import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "../../../cli/options/commander.ts";
import { buildFullProgram } from "../../../cli/program.ts";
import { lvsctl } from "../../support/command_line.ts";
import { testContext } from "../../support/context.ts";

const WIDTH = 80;

const unused = (): never => assert.fail("help needs no streams");

async function program(): Promise<CommandUnknownOpts> {
  const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
  return await buildFullProgram(testContext(io));
}

/** The words that lead to each command and subcommand. */
function paths(command: CommandUnknownOpts, path: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const own = [...path, child.name()];
    return [own, ...paths(child, own)];
  });
}

/** The help of a command as a user gets it. */
async function helpOf(path: readonly string[]): Promise<string> {
  const { code, out, err } = await lvsctl(path[0] === "ipvsadm" ? "help ipvsadm" : [...path, "--help"].join(" "));
  assert.deepEqual([code, err], [0, ""], path.join(" "));
  return out;
}

/** The lines below "Examples:", each as its command lines: "&&" and redirections are the shell's. */
function examplesIn(help: string): string[][][] {
  const [, block = ""] = help.split("\nExamples:\n");
  return block.split("\n").filter((line) => line.startsWith("  "))
    .map((line) => line.split(" > ")[0]?.split(" && ").map((each) => each.trim().split(" ")) ?? []);
}

const PATHS = paths(await program());

Deno.test("the list of commands has one line for each, in 80 columns", async () => {
  const { out } = await lvsctl("--help");
  const [, list = ""] = out.split("\nCommands:\n");
  const lines = list.split("\n\n")[0]?.split("\n") ?? [];
  assert.deepEqual(lines.map((line) => line.trim().split(" ")[0]), [
    ...PATHS.filter(({ length }) => length === 1).flat(),
    "help",
  ]);
  assert.deepEqual(out.split("\n").filter(({ length }) => length > WIDTH), []);
});

for (const path of PATHS) {
  const words = path.join(" ");

  Deno.test(`"lvsctl ${words} --help" fits 80 columns, lists each subcommand in one line and names its manual page`, async () => {
    const help = await helpOf(path);
    assert.ok(help.endsWith(`\n\nSee also: man lvsctl-${path[0]}\n`), "it names its manual page");
    assert.deepEqual(help.split("\n").filter(({ length }) => length > WIDTH), []);
    const [, list = ""] = help.split("\nCommands:\n");
    const listed = list.split("\n\n")[0]?.split("\n").filter((line) => line !== "") ?? [];
    const children = PATHS.filter((other) =>
      other.length === path.length + 1 && other.join(" ").startsWith(`${words} `)
    );
    assert.equal(listed.length, children.length === 0 ? 0 : children.length + 1, list);
  });

  Deno.test(`"lvsctl ${words} --help" has two examples, whose command lines are valid`, async () => {
    const examples = examplesIn(await helpOf(path));
    assert.ok(examples.length >= 2, `${examples.length} examples`);
    for (const lines of examples) {
      assert.ok(lines.some((line) => line.slice(1, path.length + 1).join(" ") === words), "it shows its own command");
    }
    for (const [name, ...args] of examples.flat()) {
      assert.equal(name, "lvsctl");
      const tree = await program();
      const parsed: string[] = [];
      for (const command of every(tree)) {
        command.exitOverride().configureOutput({ outputError: (text) => assert.fail(text) });
        // Of the commands with subcommands, history alone does something without one.
        if (command.commands.length === 0 || command.name() === "history") {
          command.action(() => void parsed.push(command.name()));
        }
      }
      await tree.parseAsync(args, { from: "user" });
      assert.equal(parsed.length, 1, args.join(" "));
    }
  });
}

function every(command: CommandUnknownOpts): CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap(every)];
}
