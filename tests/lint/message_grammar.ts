import { isBelow } from "./repository_path.ts";
import { CONTRACTION, startsWithCapital } from "./sentence.ts";
import { readable, stringText } from "./texts.ts";

/** Errors that users read: their first argument is a reason. */
const REASONED =
  /^(Lvsctl|Netlink\w*|Route|Ipvs|Kernel|Answer|Refused|Setup|Usage|Decode)(Decode)?Error$|^(RouteError|asLvsctlError)$/;

/** Errors of the language: they report a bug in lvsctl, in a sentence. */
const INTERNAL = /^(Error|TypeError|RangeError|SyntaxError)$/;

/** A subject that refers to an earlier sentence. */
const PRONOUN =
  /^(it|they|he|she|nobody|whoever|somebody|someone|who|what)\b|^(this|that|these|those)\s+(is|are|was|were|has|have|had|does|do|did|can|cannot|could|will|would|needs?|must|may|means|fails)\b|^there\s+is\s+nobody\b/i;

/** Subjects that need the object before them: "Cannot read FILE: it is empty". */
const OF_THE_OBJECT = /^(it|they)\b/i;

/**
 * The parts of a message have the form `Cannot OPERATION OBJECT: REASON (ERRNO); HINT`: operations are verb phrases, reasons
 * and hints are phrases without capital, period and contraction, and a reason names its subject.
 */
export const messageGrammar: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    if (!isBelow(context.filename)) return {};
    const grammar = new Grammar(context);
    return {
      NewExpression({ callee, arguments: given }): void {
        if (callee.type !== "Identifier") return;
        const [reason, options] = given;
        if (INTERNAL.test(callee.name)) grammar.internal(reason);
        if (REASONED.test(callee.name)) grammar.reason(reason, aboutOf(options));
      },
      Property(node): void {
        if (node.key.type !== "Identifier") return;
        if (node.key.name === "hint") grammar.phrase(node.value, "a hint");
        if (node.key.name === "message") grammar.phrase(node.value, "a message");
        if (node.key.name === "operation") grammar.operation(node.value);
        if (node.key.name === "reason" && node.parent.type === "ObjectExpression") {
          const about = aboutOf(node.parent);
          // A table of reasons, whose reader adds the operation and the object.
          grammar.reason(node.value, about === "nothing" ? "unknown" : about);
        }
      },
      VariableDeclarator({ id, init }): void {
        if (id.type !== "Identifier" || init === null) return;
        if (id.name === "hint") grammar.phrase(init, "a hint");
        if (id.name === "operation") grammar.operation(init);
        if (id.name === "reason") grammar.reason(init, "unknown");
      },
      CallExpression({ callee, arguments: given }): void {
        // A helper that makes an error of a reason and a hint.
        if (callee.type !== "Identifier" || !/^(refuse|refusal|usageError|wrong|invalid)$/.test(callee.name)) return;
        const [reason, hint] = given;
        grammar.reason(reason, "unknown");
        if (hint !== undefined) grammar.phrase(hint, "a hint");
      },
    };
  },
};

/** The part of a message before the reason; "unknown" if the source does not show it here. */
type About = "nothing" | "operation" | "object" | "unknown";

function aboutOf(options: Deno.lint.Node | undefined): About {
  if (options === undefined) return "nothing";
  if (options.type !== "ObjectExpression") return "unknown";
  const names = options.properties.map((property) =>
    property.type === "Property" && property.key.type === "Identifier" ? property.key.name : "..."
  );
  if (names.includes("object")) return "object";
  if (names.includes("...")) return "unknown";
  return names.includes("operation") ? "operation" : "nothing";
}

/** Reports the mistakes in the parts of messages. */
class Grammar {
  readonly #context: Deno.lint.RuleContext;

  constructor(context: Deno.lint.RuleContext) {
    this.#context = context;
  }

  /** A reason, a hint: no capital, no period, no contraction, no second sentence. */
  phrase(node: Deno.lint.Node, what: string): void {
    for (const [part, text] of this.#texts(node)) {
      if (/[^.]\.$/.test(text)) this.#report(part, `${what} ends without a period`);
      if (/[a-z)]{2}\. [A-Z]/.test(text)) this.#report(part, `${what} is one sentence: join two with a semicolon`);
      if (CONTRACTION.test(text)) this.#report(part, "messages have no contractions: write the words out");
      if (startsWithCapital(text)) {
        this.#report(part, `${what} begins with a lower-case letter: something stands before it`);
      }
    }
  }

  /** A reason, with what the message says before it. */
  reason(node: Deno.lint.Node | undefined, about: About): void {
    if (node === undefined) return;
    this.phrase(node, "a reason");
    for (const [part, text] of this.#texts(node)) {
      const [word] = PRONOUN.exec(text) ?? [];
      if (word === undefined || (OF_THE_OBJECT.test(text) && (about === "object" || about === "unknown"))) continue;
      this.#report(part, `a reason names its subject: "${word}" stands for what the message does not name`);
    }
  }

  /** The operation that failed: "add virtual service". */
  operation(node: Deno.lint.Node): void {
    for (const [part, text] of this.#texts(node)) {
      // The kind of a change, not a text: "addService".
      if (/^[a-z]+[A-Z]\w*$/.test(text)) continue;
      if (
        !/^[a-z\uE000]/.test(text) || /^(an?|the|to|not|be|cannot)\b/.test(text) ||
        /^(?!bring\b|ping\b)\w+ing\b/.test(text)
      ) {
        this.#report(part, 'an operation begins with a verb, as after "Cannot": "add virtual service"');
      }
      if (/[.:;]$/.test(text)) this.#report(part, "an operation ends without punctuation");
      if (CONTRACTION.test(text)) this.#report(part, "messages have no contractions: write the words out");
    }
  }

  /** The message of an error that only a mistake in lvsctl throws. */
  internal(node: Deno.lint.Node | undefined): void {
    if (node === undefined) return;
    for (const [part, text] of this.#texts(node)) {
      if (/[^.]\.$/.test(text)) this.#report(part, "a message ends without a period");
      if (/^[a-z]/.test(text)) this.#report(part, "the message of an internal error begins with a capital");
      if (CONTRACTION.test(text)) this.#report(part, "messages have no contractions: write the words out");
    }
  }

  /** The texts that a node may give, each with its node. */
  #texts(node: Deno.lint.Node): readonly (readonly [Deno.lint.Node, string])[] {
    if (node.type === "ConditionalExpression") return [...this.#texts(node.consequent), ...this.#texts(node.alternate)];
    if (node.type === "LogicalExpression") return [...this.#texts(node.left), ...this.#texts(node.right)];
    const text = stringText(node, this.#context);
    return text === undefined ? [] : [[node, readable(text)]];
  }

  #report(node: Deno.lint.Node, message: string): void {
    this.#context.report({ node, message });
  }
}
