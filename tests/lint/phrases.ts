import type { Text } from "./texts.ts";

/** A turn of phrase that reads as translated, and what to write in its place. */
export interface Phrase {
  /** Matches it in a text in which marks and line breaks are blanks; has the flag "g". */
  readonly pattern: RegExp;
  /** What a message advises, as a clause after a colon. */
  readonly better: string;
}

/** Stands before a clause: the beginning of the text, or punctuation. */
const CLAUSE = "(?<=^\\s*|[.:;,(]\\s+)";

/** Stands at the beginning of the text. */
const START = "(?<=^\\s*)";

/** Code that a comment quotes, a link or a value: see texts.ts. */
const CODE = "\\uE000+";

/** Phrases in words, as a regular expression; a blank is any room between two words, a line break of a comment too. */
function phrase(words: string, better: string): Phrase {
  const pattern = words.replaceAll(" ", "\\s+");
  return { pattern: new RegExp(`(?<![\\w'-])(?:${pattern})(?![\\w'-])`, "gi"), better };
}

const BE = "(?:is|are|was|were|be|been|being)";

/** Programs report, print, log and send; users are notified. */
const TELLING: readonly Phrase[] = [
  phrase(`(?:${BE}|not|as|gets?|and) told(?: (?:of|about|to|by|why|what))?`, 'say "reported", "notified" or "sent"'),
  phrase("told (?:of|about|apart|as|with)|untold", 'say "reported", "distinguished" or "described"'),
  phrase("(?:tells?|telling) (?:people|operators?|others|of|what|apart)", 'say "reports", "prints" or "notifies"'),
  phrase("says? so of", "name what is reported, and about what"),
  phrase(`${BE} said(?: of| to| by)?`, 'say "set", "given" or "stated", and name it'),
  phrase("(?:says?|said|saying) of", 'say "about", or name the field'),
  phrase("what (?:was|is|were|are) said|nothing else is said", "name the override, the text or the value"),
  phrase("speaks? of|spoken of|spoke of|hears? of|heard of", 'say "mentions", "names" or "receives"'),
  phrase(`${START}is (?:given|asked|told)`, 'say "called with", and with what'),
  phrase(`${START}gives (?:the|a|an|what|it|its|all|back|another)`, 'say "returns", "sets" or "frees"'),
  phrase("(?:for|by|to) people|people are|telling people", 'say "for users", "as text" or "notify"'),
];

/** An operator's settings are overrides: set, active, cancelled. */
const OVERRIDES: readonly Phrase[] = [
  phrase("nothing holds|what holds|holds? that|lives? on|holds? on", 'say "override", "active" or "remains"'),
  phrase("(?:by )?(?:an? )?operators?'s? words?|word of an operator", 'say "override"'),
  phrase("(?:what )?operators? (?:say|says|said|has said|have said)", 'say "override" or "overridden"'),
  phrase("taken back|takes? (?:it|them|that|this) back|taking back", 'say "cancelled" or "removed"'),
  phrase("calls? (?:it )?off|called off|calling off|calls (?:it|this|them) off", 'say "cancelled" or "interrupted"'),
  phrase("in force", 'say "active"'),
  phrase("belie(?:f|fs|ve|ves|ved)", 'say "health" or "known state"'),
  phrase("(?:in )?an earlier life|in another life", 'say "before the restart"'),
];

/** Subjects have names: servers and programs are no persons. */
const PERSONS: readonly Phrase[] = [
  phrase("nobody(?:'s)?", 'name the subject, or use the passive: "no neighbour", "no default"'),
  phrase("whoever|whomever|whose ever", "name the subject"),
  phrase("whom", "name the receiver or the peer"),
  phrase("(?:some|any|every)(?:body|one)(?:'s)?", 'name the subject: "another program", "any user"'),
  phrase("(?:those|these|he|all|others) who", 'name them: "callers", "readers", "users"'),
  phrase("(?:that|if|for|and|but|so|by|of|with|from) who", 'name the subject: "the caller", "the client"'),
  phrase(
    "(?<!\\b(?:users?|people|persons?|operators?|administrators?|readers?|callers?)\\s+)who (?:never|asks?|logs? in|binds?|wants?|waits?|has to|was asked|is asked|was talked to|else|calls?|leads|leaves|says|said)",
    'name the subject: "the client", "the user", "a caller that"',
  ),
  phrase("knew what he did", "say what is done, and why"),
];

/** Words for which the field has others. */
const WORDS: readonly Phrase[] = [
  phrase("mend(?:s|ed|ing)?", 'say "fix" or "repair"'),
  phrase("(?:put|set|make|keep)(?:s|ting|ing)? (?:the table |it |them )?right|made right", 'say "correct" or "fix"'),
  phrase("put(?:s|ting)? (?:[\\w']+ ){0,3}back", 'say "restore"'),
  phrase("look(?:s|ed|ing)? after", 'say "manage" or "monitor"'),
  phrase("sees? to|seen to", 'say "manage" or "ensure"'),
  phrase("go(?:es|ing)? about|went about", "say what is done"),
  phrase("go(?:es)? on (?:behind|with|from|to)", 'say "continue"'),
  phrase("what goes on", 'say "activity"'),
  phrase("comes? about|came about", 'say "happens" or "is made"'),
  phrase("at the most", 'say "at most"'),
  phrase(
    "(?<=[,;] )for (?:the|its|their|an?) (?:(?!that|which|whose|who|where|when)[\\w']+ ){1,5}?(?:is|are|was|were|has|have|does|do|cannot|can|may)",
    'say "because"',
  ),
  phrase("(?<!must )be root", 'say "run as root"'),
  phrase("(?:is|are|was)(?: no longer)? in as", 'say "is in use as"'),
  phrase("begins just now", 'say "is starting"'),
  phrase("in vain", 'say "without result" or "until the timeout"'),
  phrase(
    "(?:servers?|services?|vips?|ones?) (?:that|who|which) (?:go|goes|leave|leaves)",
    'say "draining" or "removed"',
  ),
  phrase("(?:are|is) to go", 'say "is deleted" or "is removed"'),
  phrase("all the same(?=\\s*(?:[.,;:]|$))", 'say "anyway" or "nevertheless"'),
  phrase(
    `beside (?:its|the|their|a|an|it|that|them|${CODE}|[a-z]+'s)`,
    'say "in addition to", or "next to" for a place',
  ),
  phrase("for want of|in want of", 'say "without"'),
  phrase("of ours|of theirs|of (?:the )?users?'s?(?=\\s*[,.;:(])", "put the owner before the noun"),
  phrase("whereby|wherein|whereof|thereof|therein|lest|whoso", "use a plain word"),
  phrase("in all(?=\\s*(?:[.,;:]|$))", 'say "in total"'),
  phrase("again and again", 'say "repeatedly"'),
  phrase("so (?:many|much|often|long)(?!\\s+(?:as|that))", 'say "this many", "at most this long", or name the number'),
  phrase("(?:are|is|be|was) had|cannot be had", 'say "available"'),
  phrase("says? what would be done", 'say "print the changes without making them"'),
  phrase(
    "(?<=[,;] )for (?:it|they|he|there|lvsctl|nothing|what|one|that) (?:is|are|was|were|has|have|had|may|can|cannot|could|will|would|must|does|did|do|knows?|needs?)",
    'say "because"',
  ),
];

/** A noun in place of a relative clause. */
const CLAUSES: readonly Phrase[] = [
  phrase(
    `${START}what (?:is|was|are|were|has|have|had|comes?|came|goes|went|happens|happened)`,
    'begin with a noun: "The result", "The message"',
  ),
  phrase(`${START}what an? ${CODE}`, 'begin with a noun: "Options of", "Dependencies of", "Result of"'),
  phrase(`${START}who`, 'begin with a noun: "The user", "The sender"'),
  phrase("of which(?: there)?", 'split the sentence, or say "whose"'),
  phrase("what of(?: it)?", 'use a noun: "the part of"'),
  phrase("whatever of", 'say "all of" or "every part of"'),
  phrase(
    "that there (?:is|are|was|were)(?: not)?(?! (?:an?|no|nothing|any|some|enough|already)\\b)|what there (?:is|are|was|were)|(?<!in )which there (?:is|are)|what there usually is",
    'say "existing", "available" or "present"',
  ),
  phrase("(?:that|which|as) there is not|is there not", 'say "does not exist"'),
  phrase("those there are|(?:a|an|the) (?!less|more|fewer)\\w+ there (?:is|are)", 'say "the existing ones"'),
  phrase(`${BE} (?:there )?no more(?!\\s+than)`, 'say "no longer exists"'),
  phrase("what (?:became|becomes|comes|came) of", 'say "result", "outcome" or "fate"'),
  phrase(
    `(?:came|comes?|became|becomes?|made) of (?:it|them|that|this|what|each|one)`,
    'say "result of" or "created from"',
  ),
  phrase(
    "what (?:is|was|are|were) (?:made|left|kept|known|read|asked|wanted|written|stored|found|wrong|done|remembered|believed) (?:of|with|by|in|to|from|for)",
    "use a noun: the rest, the record, the problem",
  ),
  phrase("makes? (?:a file|one|it) of", 'say "convert" or "create from"'),
  phrase(
    "what others? (?:make|made|makes|do|did|have|changed?)|others (?:make|made|changed?|have changed)",
    'say "changes made by other programs"',
  ),
  phrase("a file of one|of one of another|one of another program", "use one noun: another program's configuration"),
  phrase(
    "the services of a file what it says|what (?:a file|the file|one) (?:says|say)",
    'name the file\'s content: "the services in FILE"',
  ),
  phrase(
    "what (?:was|is) (?:before|there|kept|known|left|meant|asked|wanted|printed|written) (?:is|was|are|can|cannot|could|has|may|there|to)",
    "use a noun for the thing",
  ),
  phrase(`(?:is|are|be|was|were) (?:that|those) of`, "repeat the noun"),
  phrase(`${START}those (?:with|whose|of|that)`, 'name them: "the servers that"'),
  phrase("of equal ones|ones? that (?:is|are) to be \\w+", "use an adjective and the noun"),
  phrase(
    "(?:what|where|how|that|which|if|as|when) one (?:may|can|says?|makes?|wants?)|one may say|one says",
    'say "you can", or name the keys',
  ),
  phrase("has (?:it|them) so|have (?:it|them) so", "say what is the case"),
  phrase("what (?:it|they|lvsctl|the daemon) (?:knows?|leaves?|says?|said|gives?)", 'use a noun: "state", "result"'),
  phrase("undefined where", 'say "undefined if"'),
  phrase(
    "where (?:it|they|one|none|nothing|that|this) (?:is|are|was|were) (?:not )?(?:given|written|named|known|there|none|set|asked|meant)",
    'say "if omitted", "if it exists" or "by default"',
  ),
];

/** The subject comes first, then an active verb. */
const ORDER: readonly Phrase[] = [
  phrase(
    `${CLAUSE}(?:and )?of (?:it|them|these|those|all|each|this|that|such|it all|an? \\w+) (?:is|are|was|were|has|have|can|may|only|nothing|none|the|no|it)`,
    "put the subject first",
  ),
  phrase(
    `${CLAUSE}(?:only|not) (?:for|in|of|on|with|by|then|where|when|if) [^.,;:]{0,40} (?:does|do|did|can|is|are|has|have) (?:the|it|they|a|an)`,
    "put the subject first",
  ),
  phrase(
    `${CLAUSE}(?:so|nor|neither) (?:is|are|does|do|has|have|was|were|can|may) (?:it|they|the|a|an)`,
    "put the subject first",
  ),
  phrase(
    "from (?:which|what) [^.,;:]{0,20} on|from which on|from then on|from there on",
    'say "after that" or "starting with"',
  ),
  phrase("(?:know|knows|known|knew|sure) (?:nothing )?of", 'say "know about", or name the record'),
  phrase(`${BE} (?:asked|thought|heard) of`, "use an active verb"),
  phrase(
    `${BE} (?:asked for|looked at|looked for|waited for|cared for|dealt with|done with|come by|got at|gone on with|looked up at|waited out)`,
    'use an active verb: "requested", "examined", "waits for"',
  ),
  phrase(`(?:is|are) to be(?: (?!(?:honest|sure|fair)\\b)\\w+)?`, 'say "must be", "will be" or an active verb'),
  phrase(
    "(?:it|that|this|which) (?:is|was) no (?!use|longer|more|less|better|worse|such|other|different|larger|smaller)\\w+",
    'say "is not a"',
  ),
  phrase(
    `(?<=["\\uE000]\\s*)(?:is|was) no(?! (?:use|longer|more|less|better|worse|such|other|different|larger|smaller))`,
    'say "is not a"',
  ),
  phrase(
    "(?:when|until) (?:it|they) (?:has|have|does|do|can|may|must)(?=\\s*(?:[.,;:)]|$))",
    "repeat the verb",
  ),
  phrase("(?<!there )(?:is|are) none(?! of the)", 'say "is not a", with the noun'),
  phrase(
    "(?:has|have|having) (?:the \\w+|it|them) (?:read|reads|look|looked|do|done|made|make|checked|asked|put|run|reload|know)",
    'use the verb itself: "reload", "examine"',
  ),
  phrase("(?:has|have) (?:its|their|his) (?:turn|say)", "say what runs when"),
  phrase("nothing (?:is|was) (?:told|said)|nothing of", "name the subject"),
];

/** All phrases that texts and comments of the product must not have. */
export const PHRASES: readonly Phrase[] = [...TELLING, ...OVERRIDES, ...PERSONS, ...WORDS, ...CLAUSES, ...ORDER];

/** A phrase in a text. */
export interface FoundPhrase {
  /** Where it begins. */
  readonly index: number;
  /** Where it ends. */
  readonly end: number;
  /** The phrase, and the advice. */
  readonly message: string;
}

/** The phrases of a text, in their order; the longest of those that overlap. */
export function findPhrases(text: string): readonly FoundPhrase[] {
  const all = PHRASES.flatMap(({ pattern, better }) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ index, end: index + found.length, better }))
  );
  const found: FoundPhrase[] = [];
  for (const { index, end, better } of all.sort((a, b) => a.index - b.index || b.end - a.end)) {
    if (index < (found.at(-1)?.end ?? 0)) continue;
    const phrase = text.slice(index, end).replace(/\s+/g, " ").replace(/\uE000+/g, "...").trim();
    found.push({ index, end, message: `"${phrase}" is not plain English: ${better}` });
  }
  return found;
}

/** Reports the phrases of a text of a source file. */
export function reportPhrases(context: Deno.lint.RuleContext, { start, text }: Text): void {
  for (const { index, end, message } of findPhrases(text)) {
    context.report({ range: [start + index, start + end], message });
  }
}
