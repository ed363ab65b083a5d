/**
 * The manual as data: README.md and the pages of docs, cut into their blocks, headings, links and tables.
 *
 * A block's info string says what tests do with it:
 *
 * | info string        | what is done                                                             |
 * | ------------------ | ------------------------------------------------------------------------ |
 * | `sh`               | its commands run on the director                                         |
 * | `sh soon`          | the same, again and again until they end and print as the page says      |
 * | `sh on HOST`       | its commands run on another host; `sh on HOST and HOST`: on two          |
 * | `sh not run: WHY`  | nothing; tests list these blocks                                         |
 * | `yaml`             | `lvsctl config check --strict` accepts it                                |
 * | `LANG file=PATH`   | it is written to the director's PATH; YAML is checked, too               |
 * | `text`, `json`     | the block of commands before it prints this; `...` stands for anything   |
 * | `text picture`     | nothing: it is no output                                                 |
 *
 * @module
 */

/** A fenced block of a page. */
export interface Block {
  /** Its language, the first word of the info string. */
  readonly language: string;
  /** The rest of the info string. */
  readonly info: string;
  /** What is between the fences. */
  readonly text: string;
  /** The number of the line with the fence, from 1. */
  readonly line: number;
  /** The prose between the block before, or the heading, and this one. */
  readonly before: string;
}

/** A page of the manual. */
export interface Page {
  /** Its path in the repository. */
  readonly path: string;
  /** All of it. */
  readonly text: string;
  /** Its blocks, in order. */
  readonly blocks: readonly Block[];
}

/** A command of a block. */
export interface Command {
  /** What a shell runs: one line, or more with a here-document or a backslash at the end. */
  readonly text: string;
  /** The exit status that it has to end with. */
  readonly status: number;
}

const ROOT = new URL("../../", import.meta.url);

/** The hosts of the manual's network on which blocks may run, the director first. */
export const HOSTS = ["director", "client", "web1", "web2"] as const;

/** One of {@linkcode HOSTS}. */
export type HostName = typeof HOSTS[number];

/**
 * The hosts on which the commands of a block run.
 *
 * @param info string of the block, without its language
 * @returns the hosts; undefined if it names one that there is not
 */
export function hostsOf(info: string): readonly HostName[] | undefined {
  if (!info.startsWith("on ")) return ["director"];
  const names = info.slice("on ".length).split(" and ");
  const hosts = names.flatMap((name) => HOSTS.find((host) => host === name) ?? []);
  return hosts.length === names.length ? hosts : undefined;
}

/**
 * Reads README.md, SECURITY.md, the READMEs of the examples and every page of docs.
 *
 * @returns the pages, sorted by path
 */
export async function readPages(): Promise<readonly Page[]> {
  const examples = [...Deno.readDirSync(new URL("examples", ROOT))].map(({ name }) => `examples/${name}/README.md`);
  const paths = [
    "README.md",
    "SECURITY.md",
    "examples/README.md",
    ...examples.filter(isFile),
    ...markdownBelow("docs"),
  ];
  return await Promise.all(paths.toSorted().map(readPage));
}

/**
 * Reads a page.
 *
 * @param path in the repository
 * @returns the page
 */
export async function readPage(path: string): Promise<Page> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  return { path, text, blocks: blocksOf(text) };
}

/**
 * Whether a page is for users of the program, whose commands are run.
 *
 * @param page of the manual
 * @returns false for pages on development
 */
export function isForUsers({ path }: Page): boolean {
  return !path.startsWith("docs/development/") && !path.startsWith("docs/decisions/");
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isFile;
  } catch {
    return false;
  }
}

function markdownBelow(path: string): readonly string[] {
  return [...Deno.readDirSync(new URL(path, ROOT))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return markdownBelow(`${path}/${name}`);
    return name.endsWith(".md") ? [`${path}/${name}`] : [];
  });
}

/**
 * The fenced blocks of a page, also those that are indented as part of a list.
 *
 * @param text of the page
 * @returns its blocks
 */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; info: string; line: number; before: string; fence: string } | undefined;
  let content: string[] = [];
  let prose: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const [, fence, info = ""] = /^(```+)(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence === undefined) {
        prose = line.startsWith("#") ? [] : [...prose, line];
        continue;
      }
      const [, language = "", rest = ""] = /^(\S*) ?(.*)$/.exec(info) ?? [];
      open = { language, info: rest, line: index + 1, before: prose.join("\n").trim(), fence };
      content = [];
    } else if (line === open.fence) {
      const { language, info: rest, line: number, before } = open;
      blocks.push({ language, info: rest, text: content.map((each) => `${each}\n`).join(""), line: number, before });
      open = undefined;
      prose = [];
    } else {
      content.push(line);
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line}: the block does not end`);
  return blocks;
}

/**
 * The commands of a block. `# exits with N: why` at the end of a command is the status that it has to have, 0 else.
 *
 * @param text of the block
 * @returns its commands
 */
export function commandsOf(text: string): readonly Command[] {
  const commands: Command[] = [];
  let lines: string[] = [];
  let end: string | undefined;
  for (const line of text.split("\n")) {
    if (lines.length === 0 && (line === "" || line.startsWith("#"))) continue;
    lines.push(line);
    end ??= /<<-?'?([A-Z]+)'?/.exec(line)?.[1];
    if (end === undefined ? line.endsWith("\\") : line !== end) continue;
    const all = lines.join("\n");
    commands.push({ text: all, status: Number(/# exits with (\d+): \S/.exec(all)?.[1] ?? 0) });
    lines = [];
    end = undefined;
  }
  if (lines.length > 0) throw new Error(`the command does not end: ${lines.join("\n")}`);
  return commands;
}

/**
 * Whether output is what a page shows. `...` in a line stands for any text, a line of `...` for any lines; how wide
 * columns are does not count.
 *
 * @param shown by the page
 * @param output of the commands
 * @returns whether it matches
 */
export function isShown(shown: string, output: string): boolean {
  const pattern = narrow(shown).map((line) =>
    line.trim() === "..." ? "(?:.*\\n)*?" : `${line.split("...").map(escaped).join(".*")}\\n`
  );
  return new RegExp(`^${pattern.join("")}$`).test(narrow(output).map((line) => `${line}\n`).join(""));
}

/** The lines of a text, without what depends on the width of columns. */
function narrow(text: string): readonly string[] {
  return text.trimEnd().split("\n").map((line) => line.trimEnd().replaceAll(/(?<=\S) +/g, " "));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/**
 * The cells of the tables in a text, row by row, without the lines below their headings.
 *
 * @param text of a page or a part of one
 * @returns the rows; a bar that is escaped is part of a cell
 */
export function tableRows(text: string): readonly (readonly string[])[] {
  return text.split("\n").filter((line) => /^\| (?!-)/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|")));
}

/**
 * What follows a heading of the second level, up to the next one.
 *
 * @param text of the page
 * @param heading without its number signs
 * @returns the chapter, empty if there is none
 */
export function chapter(text: string, heading: string): string {
  const [, rest = ""] = text.split(`\n## ${heading}\n`);
  return rest.split(/^## /m)[0] ?? "";
}

/**
 * The anchors that GitHub makes of a page's headings.
 *
 * @param text of the page
 * @returns without the number sign before them
 */
export function anchors(text: string): ReadonlySet<string> {
  const headings = withoutBlocks(text).split("\n").flatMap((line) => /^#+ (.*)$/.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((heading) =>
      heading.toLowerCase().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
    ),
  );
}

/**
 * Where a page's links lead.
 *
 * @param text of the page
 * @returns the targets, as they are written
 */
export function links(text: string): readonly string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll("](", "] ("));
}
