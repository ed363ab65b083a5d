/** A turn of phrase that reads as translated, and what to write in its place. */
export interface Phrase {
  /** Matches it in a text whose line breaks are blanks; has the flag "g". */
  readonly pattern: RegExp;
  /** What a message says to do about it. */
  readonly better: string;
}

/** A phrase in words; each blank stands for any room between two words, and a comment's line break too. */
function phrase(words: string, better: string): Phrase {
  const pattern = words.replaceAll(" ", "\\s+");
  return { pattern: new RegExp(`(?<![\\w'-])(?:${pattern})(?![\\w'-])`, "gi"), better };
}

/** All phrases that texts and comments of the product must not have. */
export const PHRASES: readonly Phrase[] = [
  // Telling: programs report, print, log and send; people are notified.
  phrase(
    "(?:is|are|was|were|be|been|being|gets?|not|as|and) told(?: (?:of|about|to|by))?",
    'say "reported", "notified" or "sent"',
  ),
  phrase("told (?:of|about|apart|as|with)", 'say "reported", "distinguished" or "notified"'),
  phrase(
    "(?:tells?|telling) (?:people|operators?|others|somebody|someone|anybody|what|of|that|it|them|which|why|who|how)",
    'say "reports", "prints" or "notifies"',
  ),
  phrase("says so(?: of)?|say so(?: of)?", "name what is reported, and of what"),
  phrase("(?:is|are|was|were|be) said(?: of| to| by)?", 'say "set", "given" or "stated", and name it'),
  phrase("(?:say|says|said) of", 'say "about", or name the field'),
  phrase("what (?:was|is|were|are) said", "name the override, the text or the value"),
  phrase("(?:nothing|everything|what) that (?:was|were|is|are|had been|has been) said", "name the override"),
  phrase(
    "holds? that (?:was|is) said|nothing holds|what holds|holds? on|still holds?",
    'say "override", "active" or "remains"',
  ),
  phrase(
    "by an operator's word|an? operator's words?|operators?'s? words?|the operator's word|word of an operator",
    'say "override"',
  ),
  phrase("operators? (?:said|says?|has said|have said)", 'say "override" or "overridden"'),
  // Persons for things, and persons that are nobody.
  phrase("nobody(?:'s)?", "name the subject, or use the passive"),
  phrase("whoever|whom", "name the subject"),
  phrase("somebody|someone", 'name the subject: "another program", "a user"'),
  phrase("anybody|anyone", 'name the subject: "any user", "any process"'),
  phrase("everybody|everyone", 'name the subject: "all users", "every process"'),
  phrase("(?:those|these|he|one|all|others) who", 'name them: "callers", "readers", "users"'),
  phrase(
    "who (?:never|asks?|logs? in|binds?|wants?|waits?|has to|may not|may|keeps?|reads?|writes?|watch(?:es)?|else|talks?|is asked|is in|was asked|was talked to|it is|calls?|looks|sends?|gets?|said it|says it|says how|leads|leaves|knows?)",
    'name the subject: "a client that", "the user", "the caller"',
  ),
  phrase("knew what he did", "say what is done, and why"),
  // Old or unusual words for what the field has a name for.
  phrase("mend(?:s|ed|ing)?", 'say "fix" or "repair"'),
  phrase("put(?:s|ting)? right|set(?:s|ting)? right|made right", 'say "correct" or "fix"'),
  phrase("taken back|takes? (?:it|them|that|this|all|what \\w+ \\w+) back|taking back", 'say "cancelled" or "removed"'),
  phrase("calls? off|called off|calling off", 'say "cancelled" or "interrupted"'),
  phrase("in force", 'say "active"'),
  phrase("look(?:s|ed|ing)? after", 'say "manages" or "monitors"'),
  phrase("go(?:es|ing)? about|went about", "say what is done"),
  phrase(
    "(?:came|comes?|became|becomes?) of (?:it|them|that|this|each|a|an|the|one|every)",
    'say "result" or "outcome"',
  ),
  phrase(
    "what (?:became|becomes|comes|came|is made|was made|is left|was left|is kept|is known|was known) of",
    "use a noun: the result, the rest, the record",
  ),
  phrase("(?:is|are|was|were|be) (?:there )?no more", 'say "no longer exists"'),
  phrase("make(?:s)? (?:a file|one|it) of", 'say "convert" or "create from"'),
  phrase("made (?:of|from) (?:it|them|that|what|one)", 'say "created from" or "derived from"'),
  phrase("what others? (?:make|made|makes|do|did|have|changed?)", 'say "changes made by other programs"'),
  phrase("others (?:make|made|changed?|have changed)", 'say "other programs change"'),
  phrase("by itself alone|alone has it so|has it so|have it so|it is so|is so for", "say what is the case"),
  phrase("from then on|from there on|from the first \\w+ on", 'say "after that" or "starting with"'),
  phrase("meanwhile", 'say "in the meantime" only where two times matter; usually leave it out'),
  phrase("in vain", 'say "without result" or "until the timeout"'),
  phrase("be root", 'say "run as root"'),
  phrase("is in as|are in as|was in as", 'say "is in use as"'),
  phrase("it begins just now|just now", 'say "is starting"'),
  phrase(
    "is to be(?: \\w+ed)?|are to be(?: \\w+ed)?|was to be|were to be",
    'say "must be" or "will be", in the active voice',
  ),
  phrase("are to go|is to go|that go(?:es)?|who goes?|which go(?:es)?", 'say "is deleted" or "is removed"'),
  phrase("(?:is|are) had|be had|can be had", 'say "available"'),
  phrase("all the same", 'say "anyway" or "nevertheless"'),
  phrase("what goes on", 'say "activity"'),
  phrase("it need not|they need not|need not", 'say "does not have to"'),
  phrase("ever so|so long as it|no sooner", "use plain words"),
  phrase("other than that|beside that|besides that|beside (?:its|the|their|a|it)", 'say "in addition to" or "next to"'),
  phrase("for want of|in want of|wanting", 'say "missing" or "without"'),
  phrase(
    "of (?:its|their|one's) own|of ours|of theirs|of the user's|of users'|of \\w+'s own",
    "put the owner before the noun",
  ),
  phrase(
    "a file of [a-z]+ of|of one of another|one of another program",
    "use one noun: another program's configuration",
  ),
  // Relative clauses where English has a noun.
  phrase("of which(?: there)?", 'split the sentence, or say "whose"'),
  phrase("what of|what of it", "use a noun"),
  phrase(
    "all that there|that there (?:is|are|was|were)(?: not)?|what there (?:is|are|was|were)|which there (?:is|are)",
    'say "existing", "available" or "present"',
  ),
  phrase(
    "there is not|is there not|there are not|there is none|there are none",
    'say "does not exist" or "is missing"',
  ),
  phrase("(?:if|where|when|as) there is none", 'say "if it does not exist" or "if it is missing"'),
  phrase("(?:is|are|was|were) there (?:already|again|and|or|but|now|no more)", 'say "exists" or "is present"'),
  phrase("those there are|(?:a|an|the) \\w+ there (?:is|are)", 'say "the existing ones"'),
  phrase(
    "what (?:it|they|he|one|this|that|we) (?:is|are|was|were|has|have|had|says?|said|gives?|gave|makes?|made|knows?|knew|does|do|did|holds?|reads?|writes?|wrote|may|can|leaves?|left|takes?|took|wants?|needs?) (?:of|to|from|for|by|in|with)",
    "use a noun for the thing",
  ),
  phrase("says what (?:was|is|has|would)|say what (?:was|is|has|would)", "use a noun for the thing"),
  phrase(
    "what (?:was|is) (?:before|there|kept|known|left|wrong with|meant|asked|wanted|printed|written) (?:is|was|are|can|cannot|could|has|may|there|to)",
    "use a noun for the thing",
  ),
  phrase("what what", "use a noun"),
  phrase("that of which|that which|such as are|such that are", "use a noun"),
  phrase("what one (?:may|can|has|says?|makes?)", "name the keys or the values"),
  phrase("one may say|one says|one has to|one can|one may", 'say "you can", or name the subject'),
  phrase("is none|are none", 'say "is not a ..." with the noun'),
  phrase(
    "is no (?:kind|state|reply|error|answer|snapshot|address|name|number|file|key|list|mapping|text|use|reason)",
    'say "is not a ..."',
  ),
  phrase("as it is one|as one is|where it is one|if it is one", "repeat the noun"),
  phrase("by which|in which case|for which", "split the sentence"),
  phrase("whereby|wherein|whereof|thereof|therein|thereby|hereby|hence|lest|thus", "use a plain word"),
  // Inverted objects and adverbs in front.
  phrase(
    "of (?:it|them|these|those|all|each|this|that|such) (?:is|are|was|were|has|have|can|may|only|nothing|none|the)",
    "put the subject first",
  ),
  phrase("of a \\w+ (?:only|nothing|that is|nothing is)", "put the subject first"),
  phrase(
    "(?:so|nor|neither|thus) (?:is|are|does|do|has|have|was|were|can|may) (?:it|they|the|a|an)",
    "put the subject first",
  ),
  phrase(
    "(?:knows?|known|knew|believed|believe|sure|seen|hears?|heard) (?:nothing )?of (?:it|them|a|an|the|its|their|services?|servers?|each|what|that)",
    'say "about", or name the record',
  ),
  phrase("is (?:known|believed|heard|asked|spoken|thought|made|looked) (?:of|in)", "use an active verb"),
  phrase(
    "(?:is|are|was|were|be|been) (?:asked for|looked at|looked for|seen to|waited for|cared for|dealt with|done with|gone through|come by|got at|gone on with|believed in)",
    "use an active verb with its subject",
  ),
  phrase("sees? to|seen to", 'say "manages" or "ensures"'),
  phrase("has (?:its|their|his) (?:turn|say|way)|have their turn", "say what runs when"),
  phrase("lets? go|let in|let out|let be", 'say "release", "accept"'),
  phrase(
    "leaves? (?:it|them|that) (?:at|be|as (?:it|they) (?:is|are|was|were))|left (?:as (?:it|they) (?:is|are|was|were)|alone)|left, and",
    'say "unchanged"',
  ),
  phrase("stays? as (?:it|they) (?:is|are|was|were)", 'say "unchanged"'),
  phrase("again and again", 'say "repeatedly"'),
  phrase("once more", 'say "again"'),
  phrase("ones? that (?:is|are) (?:to|not) (?:be )?\\w+", "use an adjective and the noun"),
  phrase("nothing (?:is|was) (?:known|said|told|asked|made|kept|to be)", "name the subject"),
  phrase("with nothing (?:to|in|of|at)|nothing of", 'say "no ..." with the noun'),
  phrase("speaks? of|spoken of|spoke of", 'say "mentions" or "names"'),
];
