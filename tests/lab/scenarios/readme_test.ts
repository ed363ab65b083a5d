import assert from "node:assert/strict";
import { Director, lines, shellEnvironment } from "../director.ts";

const README = await Deno.readTextFile(new URL("../../../README.md", import.meta.url));

/** The contents of the code blocks of a kind. */
function blocks(kind: string): readonly string[] {
  return [...README.matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);
}

/** What follows a heading, up to the next one. */
function chapter(heading: string): string {
  const [, text = ""] = README.split(new RegExp(`^## ${heading}$`, "m"));
  return text.split(/^## /m)[0] ?? "";
}

/** The cells of the tables in a text, row by row, without the lines above and below their headings. */
function tableRows(text: string): readonly (readonly string[])[] {
  return lines(text).filter((line) => /^\| (?!-)/.test(line))
    // A bar that is escaped is part of a cell.
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|")));
}

Deno.test("the README's tour runs line by line and each line ends as it says", async () => {
  await using director = await Director.create();
  const env = await shellEnvironment();
  const commands = lines(blocks("sh tour").join("")).filter((line) => !line.startsWith("#"));
  assert.ok(commands.length >= 20, `${commands.length} lines`);
  let saved: string | undefined;
  for (const command of commands) {
    const [, expected = "0"] = /# exits with (\d+): /.exec(command) ?? [];
    const { code, stdout, stderr } = await director.run(["sh", "-c", command], { env });
    assert.deepEqual({ code: String(code), lines: lines(stderr).length }, {
      code: expected,
      // What is asked of the daemon is answered on standard output.
      lines: expected === "0" || command.startsWith("lvsctl status") ? 0 : 1,
    }, `${command}\n${stderr}`);
    if (command.includes("--json")) JSON.parse(stdout);
    if (command.startsWith("lvsctl save")) saved = await director.everything();
    if (/^lvsctl restore (?!.*--dry-run)/.test(command)) assert.equal(await director.everything(), saved, command);
  }
  assert.ok(saved?.includes("TCP C000020A:0050 wlc persistent 300"), "the table that is saved is the tour's");
});

Deno.test("the README's file with health checks is valid", async () => {
  await using director = await Director.create();
  const [yaml = "", ...others] = [...chapter("Health checks").matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text]) =>
    text
  );
  assert.deepEqual(others, []);
  assert.equal(
    await director.must("config check -", { stdin: yaml }),
    await director.must("config check /dev/stdin", { stdin: yaml }).then((text) =>
      text.replace("/dev/stdin", "<stdin>")
    ),
  );
  assert.match(await director.must("config check -", { stdin: yaml }), /virtual services: 1, real servers: 2/);
});

Deno.test("the README's configuration file is valid and has what its words say", async () => {
  await using director = await Director.create();
  const [, yaml = ""] = /^```yaml\n([^]*?)^```$/m.exec(chapter("The configuration file")) ?? [];
  assert.equal(
    await director.must("config check --strict -", { stdin: yaml }),
    "<stdin>: valid (virtual services: 13, real servers: 37, host names: 1)\n",
  );
});

Deno.test("the README's notifications are a valid file", async () => {
  await using director = await Director.create();
  const [, yaml = ""] = /^```yaml\n([^]*?)^```$/m.exec(chapter("Notifications")) ?? [];
  assert.equal(
    await director.must("config check --strict -", { stdin: yaml }),
    "<stdin>: valid (virtual services: 1, real servers: 2)\n",
  );
});

/** The commands that a help text lists, in its order. */
function listedCommands(help: string): readonly string[] {
  const [, list = ""] = /^Commands:\n((?: .*\n)+)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}(\S+)/gm)].map(([, name = ""]) => name);
}

Deno.test("the README's commands are those that help lists, with subcommands and options that they have", async () => {
  await using director = await Director.create();
  const named: string[] = [];
  for (
    const [first = "", description = ""] of tableRows(chapter("Commands")).filter(([first]) => first?.startsWith("`"))
  ) {
    for (const [, code = ""] of first.matchAll(/`([^`]+)`/g)) {
      const [name = "", second = ""] = code.split(" ");
      named.push(name);
      const help = second.includes("|") || description.includes("--") ? await director.must(`help ${name}`) : "";
      const commands = listedCommands(help).filter((command) => command !== "help");
      if (commands.length > 0) assert.deepEqual(second.split("|"), commands, name);
      for (const [option] of description.matchAll(/--[a-z-]+/g)) assert.ok(help.includes(option), `${name} ${option}`);
    }
  }
  const listed = listedCommands(await director.must("help"));
  assert.deepEqual([...new Set(named)].toSorted(), listed.toSorted());
});

Deno.test("the README's exit statuses are those that help tells", async () => {
  await using director = await Director.create();
  const [, told = ""] = (await director.must("help")).split("Exit status:\n");
  const rows = tableRows(chapter("Commands")).filter(([status = ""]) => /^\d+$/.test(status));
  assert.deepEqual(
    rows.map(([status, meaning = ""]) => `${status}  ${meaning.replaceAll("`", "")}`),
    lines(told).map((line) => line.trim()),
  );
});
