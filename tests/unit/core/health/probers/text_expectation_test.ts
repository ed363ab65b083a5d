import assert from "node:assert/strict";
import { judgeText, judgeTexts, TextJudge } from "../../../../../core/health/probers/text_expectation.ts";
import { type Check, DEFAULT_TIMING, type TextExpectation } from "../../../../../core/model/mod.ts";
import { serveTcp, untilClosed } from "../../../../support/loopback.ts";
import { openProber, verdict } from "./real_prober.ts";

const ANSWER = "OK 42 ready\r\n";

const EXPECTATIONS: readonly (readonly [TextExpectation, string | undefined])[] = [
  [{}, undefined],
  [{ text: "42" }, undefined],
  [{ text: "43" }, 'answer does not contain "43"'],
  [{ regex: "^OK [0-9]+" }, undefined],
  [{ regex: "^ready" }, "answer does not match ^ready"],
  [{ notRegex: "down|draining" }, undefined],
  [{ notRegex: "ready\\s*$" }, "answer matches ready\\s*$"],
  [{ text: "OK", regex: "\\r\\n$", notRegex: "\\bread\\b" }, undefined],
];

for (const [expect, difference] of EXPECTATIONS) {
  Deno.test(`TextJudge says the same of a text in pieces of each length: ${JSON.stringify(expect)}`, () => {
    assert.equal(judgeText(expect, { text: ANSWER, what: "answer" }), difference);
    for (let length = 1; length <= ANSWER.length; length++) {
      const judge = new TextJudge(expect, { what: "answer" });
      for (let at = 0; at < ANSWER.length; at += length) judge.add(ANSWER.slice(at, at + length));
      assert.equal(judge.difference, difference, `pieces of ${length}`);
    }
  });
}

Deno.test("TextJudge compares regular expressions with the first 64 KiB, and text with all", () => {
  const start = "a".repeat(65_535);
  for (const piece of [1000, 65_536, 100_000]) {
    const judge = new TextJudge({ text: "de", regex: "ab$" }, { what: "answer" });
    const text = `${start}bcde`;
    for (let at = 0; at < text.length; at += piece) judge.add(text.slice(at, at + piece));
    assert.equal(judge.difference, undefined);
  }
});

/** An expression that can go on at most characters of its text, and matches nowhere. */
const EXHAUSTING = "a[ab]{900}[!?]";

/** Characters in an order that looks random, and is the same in each run. */
function noise(length: number): string {
  let state = 12345;
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return "ab".charAt((state >> 16) & 1);
  }).join("");
}

const TEXT = noise(30_000);

Deno.test("judgeText() fails, with the reason, where a regular expression takes too many steps", () => {
  const reason = `body takes too many steps to compare with ${EXHAUSTING}; simplify the expression`;
  assert.equal(judgeText({ regex: EXHAUSTING }, { text: TEXT, what: "body" }), reason);
  assert.equal(judgeText({ notRegex: EXHAUSTING }, { text: TEXT, what: "body" }), reason);
});

Deno.test("judgeTexts() needs one text that matches, and gives all of them the steps of one", () => {
  const what = "none of the answers";
  assert.equal(judgeTexts({ regex: "^b" }, { texts: ["a", "b"], what }), undefined);
  assert.equal(judgeTexts({ regex: "^c" }, { texts: ["a", "b"], what }), "none of the answers matches ^c");
  assert.equal(judgeTexts({ regex: "^c" }, { texts: [], what }), "none of the answers matches ^c");
  assert.equal(judgeTexts({ regex: undefined }, { texts: [], what }), undefined);
  const texts = Array.from({ length: 100_000 }, () => TEXT.slice(0, 800));
  assert.equal(
    judgeTexts({ regex: EXHAUSTING }, { texts, what }),
    `answer takes too many steps to compare with ${EXHAUSTING}; simplify the expression`,
  );
});

function tcp(expect: TextExpectation): Check {
  return { type: "tcp", ...DEFAULT_TIMING, expect };
}

Deno.test("a server cannot stop other checks by an answer that makes an expression backtrack", async () => {
  await using prober = openProber();
  await using hostile = serveTcp(async (connection) => {
    await connection.write(new TextEncoder().encode("a".repeat(40)));
    connection.closeWrite();
    await untilClosed(connection);
  });
  await using healthy = serveTcp(async (connection) => {
    await connection.write(new TextEncoder().encode("OK"));
    await untilClosed(connection);
  });
  for (const regex of ["(.*a){20}z", "(.*a){17}z", "(\\w+\\s?){1,20}done", "^(\\w+[ .]?){1,32}!$"]) {
    const results = await Promise.all([
      prober.probe(hostile.target, tcp({ regex })),
      prober.probe(healthy.target, tcp({ regex: "^OK$" })),
    ]);
    assert.deepEqual(results.map(verdict), [
      { ok: false, reason: `answer does not match ${regex}` },
      { ok: true, detail: 'answer "OK"' },
    ]);
  }
});

Deno.test("tcp: a probe ends when its regular expression takes too many steps, though the server says more", async () => {
  await using prober = openProber();
  await using server = serveTcp(async (connection) => {
    await connection.write(new TextEncoder().encode(TEXT));
    await untilClosed(connection);
  });
  assert.deepEqual(verdict(await prober.probe(server.target, tcp({ regex: EXHAUSTING }))), {
    ok: false,
    reason: `answer takes too many steps to compare with ${EXHAUSTING}; simplify the expression`,
  });
});
