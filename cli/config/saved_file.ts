import { isSavedText } from "../../core/config/mod.ts";
import { LvsctlError } from "../../core/errors/mod.ts";
import { readRegularFile } from "../../core/files/mod.ts";

/** A line of rules as `lvsctl save` and ipvsadm write it: they write no comments. */
const RULE =
  /^-(?:A -[tuf] \S+(?: -6)? -s|A --sctp-service \S+ -s|a (?:-[tuf]|--sctp-service) \S+(?: -6)? -r) \S+[^#]*$/;

/** Whether a text has only what `lvsctl save` writes, as YAML or as rules. */
export function isSavedState(text: string): boolean {
  return isSavedText(text) || text.split("\n").every((line) => line.trim() === "" || RULE.test(line));
}

/**
 * Whether replacing a file loses nothing but what the same command wrote before: the file does not exist, is empty or a
 * device, or has such a text.
 *
 * @param isOwn Whether the command writes such a text.
 */
export function isReplaceable(path: string, isOwn: (text: string) => boolean): boolean {
  let text: string;
  try {
    if (!Deno.statSync(path).isFile) return true;
    text = new TextDecoder("utf-8", { fatal: true }).decode(readRegularFile(path));
  } catch (error) {
    // Any other failure is reported when the file is written.
    return !(error instanceof TypeError || error instanceof LvsctlError);
  }
  return text.trim() === "" || isOwn(text);
}
