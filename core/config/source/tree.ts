/** A scalar of a YAML file: its text, whatever type it may look like. */
export interface ScalarNode {
  /** Tells the kinds of node apart. */
  readonly kind: "scalar";
  /** Where it starts in the file's text. */
  readonly offset: number;
  /** Its text, unquoted and unescaped; "" also where there is no value at all. */
  readonly text: string;
  /** Whether it is written without quotes, and so may stand for a number, a boolean or nothing. */
  readonly plain: boolean;
  /** What is written in the file, where environment variables were put in: then the text is not that of the file. */
  readonly template?: string;
  /** Whether its text is not known, which was reported: there is nothing more to say of it. */
  readonly isBroken?: true;
}

/** A sequence of a YAML file. */
export interface ListNode {
  /** Tells the kinds of node apart. */
  readonly kind: "list";
  /** Where it starts in the file's text. */
  readonly offset: number;
  /** Its items. */
  readonly items: readonly Tree[];
}

/** One key of a mapping, and its value. */
export interface MappingEntry {
  /** The key; only a scalar is of use. */
  readonly key: Tree;
  /** The value; an empty scalar where there is none. */
  readonly value: Tree;
  /** Whether it stands in an outer mapping of the file, and goes for this one by default. */
  readonly isInherited?: true;
}

/** A mapping of a YAML file, duplicate keys included. */
export interface MappingNode {
  /** Tells the kinds of node apart. */
  readonly kind: "mapping";
  /** Where it starts in the file's text. */
  readonly offset: number;
  /** Its keys and values in the order of the file. */
  readonly entries: readonly MappingEntry[];
}

/** What a YAML document consists of. Aliases are resolved: the same node may be met at several places, never in itself. */
export type Tree = ScalarNode | ListNode | MappingNode;

const NUMBER = /^(?:[-+]?\d+|0x[\da-f]+|0o[0-7]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?|[-+]?\.inf|\.nan)$/i;

const MAX_SHOWN = 60;

/** Whether a node is there but says nothing: no value, `null` or `~`. */
export function isNothing(node: Tree): boolean {
  return node.kind === "scalar" && node.plain && /^(?:|~|null|Null|NULL)$/.test(node.text);
}

/** Whether a node stands for something that is not known, which was reported. */
export function isBroken(node: Tree): boolean {
  return node.kind === "scalar" && node.isBroken === true;
}

/** Whether YAML takes text that is not in quotes for something else than text. */
export function looksTyped(text: string): boolean {
  return /^(?:|~|null|true|false)$/i.test(text) || NUMBER.test(text);
}

/** What a node is, to end a message with: `"many"`, `-1`, `the text "1"`, `a list`. */
export function describeNode(node: Tree): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  const text = describeScalar(node);
  return node.template === undefined ? text : `${text}, which ${quote(node.template)} stands for`;
}

function describeScalar(node: ScalarNode): string {
  if (isNothing(node)) return "nothing";
  if (!looksTyped(node.text)) return quote(node.text);
  return isUntyped(node) ? node.text.slice(0, MAX_SHOWN) : `the text ${quote(node.text)}`;
}

/** Whether a scalar may stand for a number or a boolean: it is not in quotes, or what it stands for was put in. */
export function isUntyped(node: ScalarNode): boolean {
  return node.plain || node.template !== undefined;
}

/** Text of a file as a message shows it: in quotes, on one line, and not longer than a line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 3)}...` : text);
}
