import assert from "node:assert/strict";
import {
  type Block,
  chapter,
  type Command,
  commandsOf,
  type HostName,
  hostsOf,
  isForUsers,
  isShown,
  type Page,
  readPage,
  readPages,
  tableRows,
} from "../../support/manual.ts";
import { Director, lines } from "../director.ts";
import { ManualNetwork } from "../manual_network.ts";

/** How long a block may take to print what its page says it will soon. */
const SOON_MS = 20_000;

/** The commands that take the director down and start it again. */
const REBOOT = "systemctl reboot";

const pages = (await readPages()).filter(isForUsers);

for (const page of pages.filter(({ blocks }) => blocks.some(isExecuted))) {
  Deno.test(`${page.path}: its files are valid, and its commands end and print as it says`, async () => {
    await using network = await ManualNetwork.create({ systemd: page.text.includes("systemctl ") });
    for (const [index, block] of page.blocks.entries()) {
      const what = `${page.path}:${block.line}`;
      const path = /^file=(\S+)$/.exec(block.info)?.[1];
      if (block.language === "yaml") await checkFile(network, { what, text: block.text, path });
      else if (path !== undefined) await network.write("director", { path, text: block.text });
      else if (isExecuted(block)) await execute(network, { what, block, shown: shownAfter(page, index) });
    }
  });
}

function isExecuted({ language, info }: Block): boolean {
  return language === "sh" && !info.startsWith("not run:") || language === "yaml" || info.startsWith("file=");
}

/** What a page shows as the output of a block. */
function shownAfter({ blocks }: Page, index: number): string | undefined {
  const next = blocks[index + 1];
  if (next === undefined || !["text", "json"].includes(next.language) || next.info !== "") return undefined;
  return next.text;
}

/** Writes a file if it has a path, and has lvsctl look at it. */
async function checkFile(
  network: ManualNetwork,
  file: { readonly what: string; readonly text: string; readonly path: string | undefined },
): Promise<void> {
  const path = file.path ?? "/tmp/block.yaml";
  await network.write("director", { path, text: file.text });
  const { code, stdout, stderr } = await network.shell("director", `lvsctl config check --strict ${path}`);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, `${file.what}: ${stdout}${stderr}`);
}

/** Runs the commands of a block. */
async function execute(
  network: ManualNetwork,
  { what, block, shown }: { readonly what: string; readonly block: Block; readonly shown: string | undefined },
): Promise<void> {
  const deadline = performance.now() + (block.info === "soon" ? SOON_MS : 0);
  for (const host of hostsOf(block.info) ?? []) {
    for (;;) {
      const problem = await problemOf(network, { host, commands: commandsOf(block.text), shown });
      if (problem === undefined) break;
      if (performance.now() > deadline) assert.fail(`${what}: ${problem}`);
    }
  }
}

/** Runs commands, up to the first that does not end as it should, and says what was wrong. */
async function problemOf(
  network: ManualNetwork,
  { host, commands, shown }: {
    readonly host: HostName;
    readonly commands: readonly Command[];
    readonly shown: string | undefined;
  },
): Promise<string | undefined> {
  let printed = "";
  for (const { text, status } of commands) {
    if (text === REBOOT) {
      await network.reboot();
      continue;
    }
    const { code, stdout, stderr } = await network.shell(host, text);
    printed += stdout + stderr;
    if (code !== status) return `exit status ${code}, not ${status}: ${text}\n${stdout}${stderr}`;
    if (status === 0 && stderr !== "" && shown === undefined) return `standard error: ${text}\n${stderr}`;
    if (status !== 0 && stdout + stderr === "") return `no reason is given: ${text}`;
    if (/ --json(?! --watch)/.test(text) && !text.includes("|")) JSON.parse(stdout);
  }
  if (shown === undefined || isShown(shown, printed)) return undefined;
  return `prints otherwise:\n${printed}`;
}

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
  const [, told = ""] = (await director.must("help")).split("Exit status:\n");
  const rows = tableRows(chapter(await page("docs/files-and-environment.md"), "Exit statuses")).filter((
    [status = ""],
  ) => /^\d+$/.test(status));
  assert.deepEqual(
    rows.map(([status, meaning = ""]) => `${status}  ${meaning.replaceAll("`", "")}`),
    lines(told).map((line) => line.trim()),
  );
});

async function page(path: string): Promise<string> {
  return (await readPage(path)).text;
}
