import assert from "node:assert/strict";
import { chapter, readPage, tableRows } from "../../../support/manual.ts";
import { Director, lines } from "../../director.ts";
import { pageTests } from "../../manual.ts";

await pageTests("reference");

/** The commands that a help text lists, in its order. */
function listedCommands(help: string): readonly string[] {
  const [, list = ""] = /^Commands:\n((?: .*\n)+)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}(\S+)/gm)].map(([, name = ""]) => name);
}

Deno.test("the manual's commands are those that help lists, with subcommands and options that they have", async () => {
  await using director = await Director.create();
  const named: string[] = [];
  const rows = tableRows(chapter(await page("docs/commands.md"), "All commands"));
  for (const [first = "", description = ""] of rows.filter(([first]) => first?.startsWith("`"))) {
    const words = [...description.matchAll(/`([a-z]+)`/g)].map(([, word = ""]) => word);
    const options = [...description.matchAll(/--[a-z-]+/g)].map(([option]) => option);
    for (const [, name = ""] of first.matchAll(/`([^`]+)`/g)) {
      named.push(name);
      if (words.length + options.length === 0) continue;
      const help = await director.must(`help ${name}`);
      const commands = listedCommands(help).filter((command) => command !== "help");
      // The words after the subcommands are names of other things.
      if (commands.length > 0) assert.deepEqual(words.slice(0, commands.length), commands, name);
      for (const option of options) assert.ok(help.includes(option), `${name} ${option}`);
    }
  }
  const listed = listedCommands(await director.must("help"));
  assert.deepEqual([...new Set(named)].toSorted(), listed.toSorted());
});

Deno.test("the manual's exit statuses are those that help tells", async () => {
  await using director = await Director.create();
  const [, rest = ""] = (await director.must("help")).split("Exit status:\n");
  const [told = ""] = rest.split("\nSee also:");
  const rows = tableRows(chapter(await page("docs/files-and-environment.md"), "Exit statuses")).filter((
    [status = ""],
  ) => /^\d+$/.test(status));
  assert.deepEqual(
    rows.map(([status, meaning = ""]) => `${status}  ${meaning.replaceAll("`", "")}`),
    lines(told.replace(/\n {7}/g, " ")).map((line) => line.trim()),
  );
});

async function page(path: string): Promise<string> {
  return (await readPage(path)).text;
}
