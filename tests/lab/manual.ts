/**
 * The tests of the manual: each page on a network of its own, its blocks in order.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type Block,
  type Command,
  commandsOf,
  type HostName,
  hostsOf,
  isForUsers,
  isShown,
  type Page,
  readPages,
} from "../support/manual.ts";
import { ManualNetwork } from "./manual_network.ts";

/** How long a block may take to print what its page says it will soon. */
const SOON_MS = 60_000;

/** The commands that take the director down and start it again. */
const REBOOT = "systemctl reboot";

/** The pages of one guest, which ends after a time limit: pages to begin with, to migrate, to operate, and the others. */
export type PageGroup = "begin" | "migrate" | "operate" | "reference";

const BEGIN = /^README\.md$|^docs\/getting-started\.md$/;
const MIGRATE = /^docs\/migrating-from-[a-z]+\.md$/;
const OPERATE =
  /^docs\/(anycast|checks|commands|daemon|desired-state|discovery|failover|notifications|real-servers)\.md$/;

/**
 * Registers a test for each page of a group that has something to run.
 *
 * @param group of pages
 */
export async function pageTests(group: PageGroup): Promise<void> {
  for (const page of await readPages()) {
    if (isForUsers(page) && groupOf(page.path) === group && page.blocks.some(isExecuted)) pageTest(page);
  }
}

function groupOf(path: string): PageGroup {
  if (BEGIN.test(path)) return "begin";
  if (MIGRATE.test(path)) return "migrate";
  return OPERATE.test(path) ? "operate" : "reference";
}

function pageTest(page: Page): void {
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
    if (/ --json(?! --watch)/.test(text) && !text.includes("|")) JSON.parse(stdout === "" ? stderr : stdout);
  }
  if (shown === undefined || isShown(shown, printed)) return undefined;
  return `prints otherwise:\n${printed}`;
}
