import { isSecretKey, MASK, maskText, mayHoldSecret } from "../../model/mod.ts";
import type { Shape } from "../schema/types.ts";
import { looksTyped, type ScalarNode } from "../source/tree.ts";
import { acceptsSigns, isChoice, isWrittenPlain } from "./shapes.ts";

/** Stands for a secret where {@linkcode MASK} would not be valid. */
const WORD = "hidden";

/** The text of a value that may be printed. */
export interface ShownText {
  /** The text. */
  readonly text: string;
  /** Whether the text refers to environment variables, in place of their values. */
  readonly isTemplate: boolean;
  /** Whether a part is replaced. */
  readonly isHidden: boolean;
}

/** The place of a value. */
export interface ShownPlace {
  /** The key of the value, or of the list that it is in. */
  readonly key: string;
  /** The key of the mapping around it. */
  readonly parent: string;
  /** Whether the value is below a key of a secret. */
  readonly isSecret: boolean;
  /** The shapes that the file allows. */
  readonly shapes: readonly Shape[];
}

/**
 * The text of a value without what is or may be a secret. A value that comes from an environment variable with the name
 * of a secret, or stands at the place of one, is shown as the reference to that variable, which keeps the file valid.
 */
export function shownText(node: ScalarNode, place: ShownPlace): ShownText {
  // A number, a boolean or one of a few words holds no secret.
  if (isWrittenPlain(place.shapes, { wasPlain: false }) && looksTyped(node.text) || isChoice(node.text, place.shapes)) {
    return { text: node.text, isTemplate: false, isHidden: false };
  }
  const template = templateOf(node, place);
  if (template !== undefined) return { text: template, isTemplate: true, isHidden: false };
  const text = withoutSecrets(withoutVariables(node), place);
  return { text, isTemplate: false, isHidden: text !== node.text };
}

/** The text with {@linkcode MASK} in place of the values of variables, if one has the name of a secret. */
function withoutVariables(node: ScalarNode): string {
  const { text, template } = node;
  if (template === undefined || !hasSecretVariable(node)) return text;
  return template.replaceAll(/\$\$|\$\{\w+(?::-[^{}]*)?\}/g, (part) => part === "$$" ? "$" : MASK);
}

function hasSecretVariable({ template = "" }: ScalarNode): boolean {
  return [...template.matchAll(/\$\{(\w+)/g)].some(([, name = ""]) => isSecretKey(name));
}

/** The words that may precede a variable in a header: they name the kind of the secret. */
const SCHEME = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:\s*)?(?:(?:Basic|Bearer|Token|Digest|ApiKey)\s+)?$/i;

/** A template that has no secret itself, if its value must not be shown. */
function templateOf(node: ScalarNode, { key, isSecret }: ShownPlace): string | undefined {
  const { template } = node;
  if (template === undefined || !(isSecret || mayHoldSecret(key) || hasSecretVariable(node))) return undefined;
  const rest = template.replaceAll(/\$\{\w+\}/g, "");
  // A default behind a variable is a secret too.
  if (rest.includes("${")) return undefined;
  const isHarmless = isSecret
    ? rest === ""
    : mayHoldSecret(key)
    ? SCHEME.test(rest) || key === "environment" && /^\w+=$/.test(rest)
    : maskText(rest) === rest;
  return isHarmless ? template : undefined;
}

function withoutSecrets(text: string, place: ShownPlace): string {
  const { key, isSecret } = place;
  if (isSecret) return placeholder(place);
  switch (key) {
    case "header":
    case "headers":
      return text.replace(/^([^:]*:\s*).*$/s, (_, name: string) => `${name}${MASK}`);
    case "environment":
      return text.replace(/^([^=]*=).*$/s, (_, name: string) => `${name}${MASK}`);
    case "url":
      return URL.canParse(text) ? shownUrl(new URL(text), text) : placeholder(place);
    case "body":
      // An answer that a check expects holds no secret of this machine.
      return place.parent === "expect" ? maskText(text) : placeholder(place);
    case "send":
      return placeholder(place);
    case "regex":
    case "not_regex":
      return maskText(text) === text ? text : WORD;
    default:
      return maskText(text);
  }
}

/** A URL without what may be a secret: all but its host. */
function shownUrl({ protocol, host, origin }: URL, text: string): string {
  return text === origin || text === `${origin}/` ? text : `${protocol}//${host}/${MASK}`;
}

/** A text in place of a secret that the file accepts there. */
function placeholder({ shapes }: ShownPlace): string {
  return acceptsSigns(shapes) ? MASK : WORD;
}

/** Masks the values of options with the name of a secret in the words of a command: `--password=x`, `--password x`. */
export function commandWords(words: readonly string[]): readonly string[] {
  const [only = ""] = words;
  // A command that is one text with blanks.
  if (words.length === 1 && only.includes(" ")) return [commandWords(only.split(" ")).join(" ")];
  return words.map((word, index) => {
    const [, name = "", value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (value !== undefined && isSecretKey(name)) return `${word.slice(0, word.indexOf("=") + 1)}${MASK}`;
    const [, before = ""] = /^--?([\w-]+)$/.exec(words[index - 1] ?? "") ?? [];
    return isSecretKey(before) ? MASK : word;
  });
}
