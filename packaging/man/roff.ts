/**
 * Manual pages in man(7), which every man program reads.
 *
 * @module
 */

/** A manual page. */
export interface ManualPage {
  /** Its name, such as `lvsctl-apply`. */
  readonly name: string;
  /** Its section: 5 for files, 8 for programs of the administrator. */
  readonly section: 5 | 8;
  /** Its source. */
  readonly text: string;
}

/** What the first lines of a page say. */
export interface PageHead {
  /** Its name. */
  readonly name: string;
  /** Its section. */
  readonly section: 5 | 8;
  /** One line on what the page describes, without a period. */
  readonly summary: string;
  /** The day of the release, as YYYY-MM-DD. */
  readonly date: string;
  /** The version of lvsctl. */
  readonly version: string;
}

/** Text as roff prints it unchanged, also at the beginning of a line. */
export function escapeText(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replaceAll("`", "\\(ga")
    .replaceAll("'", "\\(aq")
    .replace(/^\./gm, "\\&.");
}

/** Running text: each sentence begins a line. */
export function paragraph(text: string): readonly string[] {
  return [".PP", ...runningText(text)];
}

/** A paragraph with a term at its head, which may contain roff's own escapes. */
export function tagged(term: string, text: string): readonly string[] {
  return [".TP", term, ...runningText(text)];
}

/** Lines that are printed as they are, indented. */
export function verbatim(lines: readonly string[]): readonly string[] {
  return [".PP", ".RS 4", ".nf", ...lines.map((line) => line === "" ? "\\&" : escapeText(line)), ".fi", ".RE"];
}

/** Words in bold face. */
export function bold(text: string): string {
  return `\\fB${escapeText(text)}\\fR`;
}

/** The terms of options, commands and arguments: what is typed as it stands is bold, what stands for another text italic. */
export function term(flags: string): string {
  return flags.split(/(<[^>]*>|\[[^\]]*\]|, )/).filter((part) => part !== "").map((part) => {
    if (part === ", ") return part;
    const [, open = "", word = "", close = ""] = /^([<[])(.*)([>\]])$/.exec(part) ?? [];
    if (open === "") return `${bold(part.trim())}${part.endsWith(" ") ? " " : ""}`;
    const name = `\\fI${escapeText(word)}\\fR`;
    return open === "[" ? `[${name}${close}` : name;
  }).join("");
}

/** The head of a page, up to its section NAME. */
export function head({ name, section, summary, date, version }: PageHead): readonly string[] {
  return [
    `.TH ${name.toUpperCase()} ${section} ${date} "lvsctl ${version}" "Linux Virtual Server"`,
    ".SH NAME",
    `${escapeText(name)} \\- ${escapeText(summary)}`,
  ];
}

/** References to other pages, as a section. */
export function seeAlso(pages: readonly (readonly [name: string, section: number])[]): readonly string[] {
  const lines = pages.map(([name, section], index) =>
    `.BR ${escapeText(name)} (${section})${index === pages.length - 1 ? "" : " ,"}`
  );
  return lines.length === 0 ? [] : [".SH SEE ALSO", ...lines];
}

/** Joins the lines of a page; the first paragraph of a section needs no macro. */
export function manualPage(
  { name, section }: Pick<PageHead, "name" | "section">,
  lines: readonly string[],
): ManualPage {
  const kept = lines.filter((line, index) => line !== ".PP" || !/^\.S[HS] /.test(lines[index - 1] ?? ""));
  return { name, section, text: `${kept.join("\n")}\n` };
}

/** The longest line of running text, in characters. */
const LINE_WIDTH = 78;

/** Escaped lines that are short enough for an editor, without a hyphen that would become a minus in a word. */
function runningText(text: string): readonly string[] {
  const sentences = text.replace(/\s+/g, " ").trim().replace(/([.?!]) (?=[A-Z])/g, "$1\n").split("\n");
  return sentences.flatMap(wrapped).map((line) => escapeText(line).replace(/(?<=[a-z])\\-(?=[a-z])/g, "-"));
}

function wrapped(sentence: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of sentence.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
