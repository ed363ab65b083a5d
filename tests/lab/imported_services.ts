/**
 * The services of an imported file, by the lines that they come from.
 *
 * @module
 */
import { readConfig } from "../../core/config/mod.ts";
import type { Unmapped } from "../../core/importers/mod.ts";
import { formatServiceId } from "../../core/model/mod.ts";

/** Services that come from one block of a file. */
export interface ImportedServices {
  /** Name of the file, without its folder. */
  readonly file: string;
  /** Its first line. */
  readonly line: number;
  /** The services, as in a rule: `10.1.2.1:80`, or a firewall mark. */
  readonly services: readonly string[];
}

/** An item of the list of services, with the comments in front of it. */
const ITEM = /(?:^ {2}#.*\n)*^ {2}- .*\n(?:^ {4}.*\n)*/gm;

/** The services of an imported file, in the order of the file. */
export async function importedServices(text: string): Promise<readonly ImportedServices[]> {
  const [, list = ""] = /^services:\n((?:^ {2}.*\n)*)/m.exec(text) ?? [];
  return await Promise.all((list.match(ITEM) ?? []).map(async (item) => {
    const [, file = "", line = ""] = /# (\S+):(\d+) /.exec(item) ?? [];
    const { desired } = await readConfig(`version: 1\nservices:\n${item}`, { file: "-" });
    const services = desired.services.map(({ service }) =>
      formatServiceId(service.id).replace(/^\w+:\/\/|^fwmark6?:/, "")
    );
    return { file, line: Number(line), services };
  }));
}

/** The services that a line belongs to: those that start at it, or at the last line before it at which some start. */
export function servicesOfLine(
  all: readonly ImportedServices[],
  { file, line }: Pick<Unmapped, "file" | "line">,
): readonly string[] {
  const before = all.filter((each) => file.endsWith(`/${each.file}`) && each.line <= line);
  const last = Math.max(...before.map((each) => each.line));
  return before.flatMap((each) => each.line === last ? each.services : []);
}
