import assert from "node:assert/strict";
import { systemIo } from "../../../../cli/context/io.ts";
import type { CommandUnknownOpts } from "../../../../cli/options/commander.ts";
import { buildFullProgram } from "../../../../cli/program.ts";
import { systemContext } from "../../../../cli/system_context.ts";
import { jsonSchema } from "../../../../core/config/schema/json_schema.ts";
import { dropInPages, manualPages, tableBelow } from "../../../../packaging/man/pages.ts";
import { bold, term } from "../../../../packaging/man/roff.ts";

const DATE = "2026-01-02";

/** Runs a program with a page as its standard input. */
async function withPage(argv: readonly string[], page: string): Promise<{ code: number; text: string }> {
  const [program = "", ...args] = argv;
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), writer.close()]);
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("manual pages: mandoc finds nothing wrong with any of them", async () => {
  for (const { name, text } of [...await manualPages(DATE), ...dropInPages(DATE)]) {
    assert.deepEqual(await withPage(["mandoc", "-T", "lint", "-W", "warning"], text), { code: 0, text: "" }, name);
  }
});

Deno.test("manual pages: every command, subcommand and option of the help has its place", async () => {
  const pages = new Map((await manualPages(DATE)).map(({ name, text }) => [name, text]));
  const program = await buildFullProgram(systemContext(systemIo(), []));
  assert.equal(pages.size, program.commands.length + 2);
  for (const command of program.commands) {
    const page = pages.get(`lvsctl-${command.name()}`) ?? "";
    assert.ok(pages.get("lvsctl")?.includes(`\n.TP\n${bold(command.name())}\n`), command.name());
    for (const each of [command, ...command.commands]) {
      for (const { flags, hidden } of each.options) {
        assert.ok(hidden || page.includes(`\n.TP\n${term(flags)}\n`), `${command.name()} ${each.name()} ${flags}`);
      }
    }
    for (const child of command.commands) assert.ok(page.includes(`.SS lvsctl ${command.name()} ${child.name()}\n`));
  }
});

/** A command and all below it. */
function withSubcommands(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** The words that lead to a command. */
function wordsOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;
}

Deno.test("manual pages: the help of each command names the page that describes it, and the page has its examples alone", async () => {
  const pages = new Map((await manualPages(DATE)).map(({ name, text }) => [name, text]));
  const named = new Set<string>();
  for (const command of withSubcommands(await buildFullProgram(systemContext(systemIo(), [])))) {
    let help = "";
    command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
    const page = /\n\nSee also: man (\S+)\n$/.exec(help)?.[1] ?? assert.fail(help);
    named.add(page);
    assert.ok(pages.get(page)?.includes(wordsOf(command)), `${page}: ${wordsOf(command)}`);
  }
  for (const [name, text] of pages) {
    assert.ok(named.has(name) || name === "lvsctl.yaml", name);
    assert.doesNotMatch(text, /See also:/, name);
  }
});

Deno.test("lvsctl.yaml(5): every key of the schema has its place", async () => {
  const page = (await manualPages(DATE)).find(({ section }) => section === 5);
  const keys = JSON.stringify(jsonSchema()).matchAll(/"(\w+)":\{"description"/g);
  const names = new Set([...keys].map(([, key = ""]) => key).filter((key) => key !== "variable"));
  assert.ok(names.size > 80);
  for (const key of names) assert.ok(page?.text.includes(`\n.TP\n${bold(key)}\n`), key);
});

Deno.test("lvsctl(8): exit statuses, files and variables are those of help and manual", async () => {
  const page = (await manualPages(DATE))[0];
  const statuses = [...(page?.text ?? "").matchAll(/\n\.TP\n\\fB(\d+)\\fR\n/g)].map(([, status]) => Number(status));
  assert.deepEqual(statuses, [0, 1, 2, 3, 4, 5, 6, 129, 130, 143]);
  assert.ok(page?.text.includes(`${bold("LVSCTL_FILE")}\n`));
  assert.ok(page?.text.includes(`${bold("/var/lib/lvsctl/journal.jsonl")}\n`));
});

Deno.test("tableBelow: returns the cells without Markdown", () => {
  const page =
    "\n## A\n\ntext\n\n| x | y |\n| - | - |\n| `a` | the [link](b.md) |\n\n## B\n\n| c | d |\n| - | - |\n| e | f |\n";
  assert.deepEqual(tableBelow(page, "A"), [["a", "the link"]]);
  assert.deepEqual(tableBelow(page, "B"), [["e", "f"]]);
});
