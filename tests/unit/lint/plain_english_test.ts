import assert from "node:assert/strict";
import { PHRASES } from "../../lint/phrases.ts";
import plugin from "../../lint/plugin.ts";
import { countOf, messagesOf } from "./lint.ts";

const RULE = "plain-english";
const COMMENTS = "plain-comments";

/** Texts that read as translated, at least one for each kind of phrase. */
const TRANSLATED = [
  "what took no effect is told",
  "the changes that operators are told of",
  "nothing holds that was said of it",
  "the file that is in force",
  "an operator's word",
  "it was called off by a signal",
  "nobody listens there",
  "whoever wrote it",
  "somebody else deleted it",
  "those who want it",
  "so that who writes commands sees them done",
  "which command mends it",
  "and keep the table right",
  "everything is put back",
  "the servers that are looked after",
  "what goes on in the table",
  "be root, or set LVSCTL_STATE_DIR",
  "add --yes if all of them are to go",
  "what an Outbox takes beside its notification",
  "show it again and again",
  "only so many virtual services",
  "it is passed over, for it may be of any version",
  "32 of which are counted",
  "what of the status is about health",
  "name an interface that there is not",
  "it is there no more",
  "what becomes of the connections",
  "make a file of one of another program",
  "make the services of a file what it says",
  "the line of what was made of it",
  "0 is that of the connection",
  "describe what one may say",
  "the address; undefined where it is unknown",
  "the port where it is not given",
  "only for IPv6 addresses does the kernel look",
  "what is known of the servers",
  "the time when it is looked at",
  "the answer that is asked for",
  "the step that is to be made",
  "an answer that is no URL",
  "up to the first line that is none",
  "each has its turn",
  "nothing of the error",
  "he goes about it",
  "the neighbours, who never answer",
  // The examples of the style guide.
  "find out what keeps this machine from being a good director, and mend it",
  "show what would make the services of a file what it says",
  "have the daemon read its file again",
  "put right what others make of the table; without it that is told of, and left",
  "where it leaves what it knows to the next one",
  "name an interface that there is not: a dummy is made",
  "is in as the fallback",
  "Who never was away, also when the daemon started, is not slowed down",
  "What of it can be told how to go about",
];

/** Texts that have words of those phrases and are plain. */
const PLAIN = [
  "tell which server is slow",
  "the daemon reports what changed",
  "an empty list if there is none",
  "a directory of its own",
  "users who want mail",
  "one of them is healthy",
  "none of the servers is healthy",
  "an object in which there is a percentage",
  "it is no longer active, and no more than 5 lines long",
  "it fails so often that it is damped",
  "all the same type",
  "the mended-config tool",
  "wait as long as it takes",
  "the amendment",
  "you must be root",
  "the user who owns the cache",
  "it says that there is no service",
];

Deno.test("plain-english reports a text that reads as translated", () => {
  for (const text of TRANSLATED) assert.notEqual(countOf(RULE, `const text = ${JSON.stringify(text)};`), 0, text);
});

Deno.test("plain-english accepts plain texts", () => {
  for (const text of PLAIN) assert.deepEqual(messagesOf(RULE, `const text = ${JSON.stringify(text)};`), [], text);
});

Deno.test("plain-english says what to write in place of the phrase", () => {
  assert.deepEqual(messagesOf(RULE, `const text = "the file in force";`), [
    '"in force" is not plain English: say "active"',
  ]);
});

Deno.test("plain-english reports the longest phrase of a place, once", () => {
  const messages = messagesOf(RULE, `const text = "an event is told of at once";`);
  assert.deepEqual(messages, ['"is told of" is not plain English: say "reported", "notified" or "sent"']);
});

Deno.test("plain-comments reads across the ends of lines", () => {
  assert.equal(countOf(COMMENTS, "/**\n * The changes that users are\n * told of.\n */\nconst a = 1;"), 1);
  assert.equal(countOf(COMMENTS, "// The file that is in\n// force.\nconst a = 1;"), 1);
  assert.equal(countOf(COMMENTS, "// The file that is in\n\n// force.\nconst a = 1;"), 0);
});

Deno.test("plain-comments wants a comment to begin with a noun", () => {
  for (
    const comment of ["What is sent.", "What a {@linkcode Watch} works with.", "Who logs in.", "Is given the error."]
  ) {
    assert.equal(countOf(COMMENTS, `/** ${comment} */\nconst a = 1;`), 1, comment);
  }
  for (const comment of ["The message.", "Dependencies of a {@linkcode Watch}.", "Whether it is sent."]) {
    assert.equal(countOf(COMMENTS, `/** ${comment} */\nconst a = 1;`), 0, comment);
  }
});

Deno.test("plain-english reads strings in pieces: templates, sums and line breaks", () => {
  assert.equal(countOf(RULE, "const text = `${file} is in force: ${summary}`;"), 1);
  assert.equal(countOf(RULE, 'const text = "the file is in " + "force";'), 1);
  assert.equal(countOf(RULE, 'const text = "the file is in\\nforce";'), 1);
  assert.equal(countOf(RULE, "const text = `in ${place} force`;"), 0);
});

Deno.test("plain-english and plain-comments leave code alone: names, quotations, names of modules", () => {
  assert.equal(countOf(RULE, 'import { nobody } from "./nobody.ts";\nconst whom = nobody();'), 0);
  assert.equal(countOf(COMMENTS, "// Calls `nobody in force`; see {@link whoever}.\nconst a = 1;"), 0);
});

Deno.test("plain-english points at the phrase", () => {
  const source = "const a = 1;\nconst text = `${a} is in force`;";
  const [diagnostic] = Deno.lint.runPlugin(plugin, "core/a.ts", source);
  assert.equal(source.slice(...diagnostic?.range ?? [0, 0]), "in force");
});

Deno.test("plain-english reads the product only", () => {
  const source = 'const text = "nobody";';
  for (const path of ["cli/a.ts", "core/a.ts", "packaging/a.ts"]) assert.equal(countOf(RULE, source, path), 1, path);
  for (const path of ["tests/unit/a.ts", "examples/a.ts"]) assert.equal(countOf(RULE, source, path), 0, path);
});

Deno.test("the phrases of plain-english each have a suggestion, and match in any case", () => {
  for (const { pattern, better } of PHRASES) {
    assert.match(pattern.flags, /g/);
    assert.match(pattern.flags, /i/);
    assert.match(better, /^[a-z].*[^.]$/);
  }
});
