import { objectAfter, objectAt, type SnmpNode, type SnmpObject } from "./tree.ts";

/** The most numbers of an identifier. */
const LONGEST_OID = 128;

/** What the next line is: a command, the identifier of a command, or what "set" would set. */
type Expected = "command" | "get" | "getnext" | "set" | "value";

/** The protocol in which snmpd asks a program that it keeps running (`pass_persist`): read-only. */
export class PassPersist {
  readonly #tree: () => SnmpNode;
  #expected: Expected = "command";

  /**
   * Waits for the first line.
   *
   * @param tree Returns the objects at present.
   */
  constructor(tree: () => SnmpNode) {
    this.#tree = tree;
  }

  /**
   * Takes a line of snmpd.
   *
   * @param line The line without its end.
   * @returns The answer with its line end; "" if more lines are needed.
   */
  take(line: string): string {
    const expected = this.#expected;
    this.#expected = "command";
    switch (expected) {
      case "command":
        return this.#command(line.trim().toLowerCase());
      case "get":
      case "getnext": {
        const oid = parseOid(line.trim());
        const find = expected === "get" ? objectAt : objectAfter;
        return answer(oid === undefined ? undefined : find(this.#tree(), oid));
      }
      case "set":
        this.#expected = "value";
        return "";
      case "value":
        return "not-writable\n";
    }
  }

  #command(word: string): string {
    if (word === "ping") return "PONG\n";
    if (word === "get" || word === "getnext" || word === "set") {
      this.#expected = word;
      return "";
    }
    return word === "" ? "" : "NONE\n";
  }
}

/** Reads an identifier, such as ".1.3.6"; undefined if it is not one. */
export function parseOid(text: string): readonly number[] | undefined {
  if (!/^\.?\d{1,10}(?:\.\d{1,10})*$/.test(text)) return undefined;
  const oid = text.replace(/^\./, "").split(".").map(Number);
  return oid.length <= LONGEST_OID ? oid : undefined;
}

function answer(object: SnmpObject | undefined): string {
  if (object === undefined) return "NONE\n";
  return `.${object.oid.join(".")}\n${object.value.type}\n${object.value.text}\n`;
}
