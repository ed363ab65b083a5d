/**
 * Every manual page of lvsctl, made from what the program itself knows: its commands, its schema, its manual.
 *
 * @module
 */
import { systemIo } from "../../cli/context/io.ts";
import { VERSION } from "../../cli/context/version.ts";
import { helpText } from "../../cli/ipvsadm/print/help.ts";
import { buildFullProgram } from "../../cli/program.ts";
import { systemContext } from "../../cli/system_context.ts";
import { commandPages, type Entry } from "./command_pages.ts";
import { filePage } from "./file_page.ts";
import { head, type ManualPage, manualPage, paragraph, seeAlso, verbatim } from "./roff.ts";

/** Returns the pages of lvsctl; `date` is the day of the release, as YYYY-MM-DD. */
export async function manualPages(date: string): Promise<readonly ManualPage[]> {
  const release = { version: VERSION, date };
  const manual = await Deno.readTextFile(new URL("../../docs/files-and-environment.md", import.meta.url));
  const program = await buildFullProgram(systemContext(systemIo(), []));
  return [
    ...commandPages(program, {
      ...release,
      // Where the program itself lies depends on how it was installed.
      files: tableBelow(manual, "Files").filter(([path]) => !path.endsWith("/sbin/lvsctl")),
      environment: tableBelow(manual, "Environment"),
    }),
    filePage(release),
  ];
}

/** The pages of the drop-in: the names of ipvsadm's programs. */
export function dropInPages(date: string): readonly ManualPage[] {
  const summaries: Readonly<Record<string, string>> = {
    "ipvsadm": "manage Linux Virtual Server, by lvsctl",
    "ipvsadm-save": "print the table of Linux Virtual Server as rules",
    "ipvsadm-restore": "restore the table of Linux Virtual Server from rules",
  };
  return Object.entries(summaries).map(([name, summary]) => {
    const lines = [
      ...head({ name, section: 8, summary, date, version: VERSION }),
      ".SH DESCRIPTION",
      ...paragraph(
        "This is lvsctl in place of ipvsadm 1.31. It has the command line, the output and the exit statuses of ipvsadm. " +
          "ipvsadm-save prints what ipvsadm -S prints; ipvsadm-restore clears the table and reads rules as ipvsadm -R does.",
      ),
      ".SH OPTIONS",
      ...verbatim(helpText(name).trimEnd().split("\n")),
      ...seeAlso([
        ["lvsctl", 8],
        ...Object.keys(summaries).filter((each) => each !== name).map((each) => [each, 8] as const),
      ]),
    ];
    return manualPage({ name, section: 8 }, lines);
  });
}

/** The rows of the first table below a heading of the manual, without Markdown. */
export function tableBelow(markdown: string, heading: string): readonly Entry[] {
  const [, below = ""] = markdown.split(`\n## ${heading}\n`);
  const rows = /(?:^\|.*\|\n)+/m.exec(below)?.[0].trimEnd().split("\n").slice(2) ?? [];
  return rows.map((row) => {
    const [term = "", meaning = ""] = row.split("|").slice(1, -1).map(plainText);
    return [term, meaning];
  });
}

function plainText(cell: string): string {
  return cell.trim().replaceAll("`", "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}
