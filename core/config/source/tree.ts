import { firstWord, isSecretKey, maskText } from "../../model/mod.ts";

/** A scalar of a YAML file: its text, without a type. */
export interface ScalarNode {
  /** Kind of the node. */
  readonly kind: "scalar";
  /** Offset of its first character in the report. */
  readonly offset: number;
  /** Its text, unquoted and unescaped; "" also if there is no value. */
  readonly text: string;
  /** Whether it has no quotes, and so may be a number, a boolean or null. */
  readonly plain: boolean;
  /** The text in the file, if it has environment variables: they are replaced in `text`. */
  readonly template?: string;
  /** Whether its text is unknown because of a reported problem: then no further problem is reported. */
  readonly isBroken?: true;
}

/** A sequence of a YAML file. */
export interface ListNode {
  /** Kind of the node. */
  readonly kind: "list";
  /** Offset of its first character in the report. */
  readonly offset: number;
  /** Its items. */
  readonly items: readonly Tree[];
}

/** One key of a mapping, and its value. */
export interface MappingEntry {
  /** The key; only scalars are valid. */
  readonly key: Tree;
  /** The value; an empty scalar if there is none. */
  readonly value: Tree;
  /** Whether the entry is copied from the defaults. */
  readonly isInherited?: true;
}

/** A mapping of a YAML file, duplicate keys included. */
export interface MappingNode {
  /** Kind of the node. */
  readonly kind: "mapping";
  /** Offset of its first character in the report. */
  readonly offset: number;
  /** Its keys and values in the order of the file. */
  readonly entries: readonly MappingEntry[];
}

/** A node of a YAML document. Aliases are resolved: the same node may occur at several places, but never in itself. */
export type Tree = ScalarNode | ListNode | MappingNode;

const NUMBER = /^(?:[-+]?\d+|0x[\da-f]+|0o[0-7]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?|[-+]?\.inf|\.nan)$/i;

const MAX_SHOWN = 60;

/** Whether a node is null: no value, `null` or `~`. */
export function isNothing(node: Tree): boolean {
  return node.kind === "scalar" && node.plain && /^(?:|~|null|Null|NULL)$/.test(node.text);
}

/** Whether the text of a node is unknown because of a reported problem. */
export function isBroken(node: Tree): boolean {
  return node.kind === "scalar" && node.isBroken === true;
}

/** Whether YAML reads this text, without quotes, as another type. */
export function looksTyped(text: string): boolean {
  return /^(?:|~|null|true|false)$/i.test(text) || NUMBER.test(text);
}

/** A node in words, for the end of a message: `"many"`, `-1`, `the text "1"`, `a list`. */
export function describeNode(node: Tree): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  const text = describeScalar(node);
  return node.template === undefined ? text : `${text}, the value of ${quote(node.template)}`;
}

function describeScalar(node: ScalarNode): string {
  if (isNothing(node)) return "nothing";
  if (!looksTyped(node.text)) return quote(node.text);
  return isUntyped(node) ? node.text.slice(0, MAX_SHOWN) : `the text ${quote(node.text)}`;
}

/** Whether a scalar may be a number or a boolean: it has no quotes, or comes from a variable. */
export function isUntyped(node: ScalarNode): boolean {
  return node.plain || node.template !== undefined;
}

/** Text of a file in a message: in quotes, on one line, cut to 60 characters. */
export function quote(text: string): string {
  const masked = maskText(text);
  return JSON.stringify(masked.length > MAX_SHOWN ? `${masked.slice(0, MAX_SHOWN - 3)}...` : masked);
}

/**
 * A key in a message. Only its first word is shown: a file that is not a configuration, such as a list of passwords,
 * looks like keys.
 */
export function quoteKey(text: string): string {
  return JSON.stringify(firstWord(text));
}

/** Whether a message must not show a scalar: it has a variable with the name of a secret. */
export function isFromSecret(node: Tree): boolean {
  const template = node.kind === "scalar" ? node.template ?? "" : "";
  return [...template.matchAll(/\$\{(\w+)/g)].some(([, name = ""]) => isSecretKey(name));
}
