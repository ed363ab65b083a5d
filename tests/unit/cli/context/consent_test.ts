import assert from "node:assert/strict";
import { type ConsentRequest, consents } from "../../../../cli/context/consent.ts";
import type { Io } from "../../../../cli/context/io.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";

const LOSS = ["it deletes VIP 192.0.2.1/32 on lo"];

/** Streams with a terminal that answers, or without one; `asked` has the questions. */
function terminal(
  answer: boolean | undefined,
  canAsk = answer !== undefined,
): { io: Io; asked: string[]; err: string[] } {
  const [asked, err]: [string[], string[]] = [[], []];
  const io: Io = {
    out: () => assert.fail("a question is never on standard output"),
    err: (text) => void err.push(text),
    control: () => {},
    readStdin: () => assert.fail("an answer is never on standard input"),
    interactive: false,
    canAsk,
    confirm: (question, shown = "") => {
      asked.push(shown + question);
      return answer;
    },
  };
  return { io, asked, err };
}

function request(losses: readonly string[], options: Partial<ConsentRequest> = {}): ConsentRequest {
  return {
    operation: "apply",
    losses: () => losses,
    asksAlways: true,
    plan: () => "- plan\n",
    question: () => "Go on?",
    ...options,
  };
}

Deno.test("consents() asks a terminal below the plan, and reports that a no changed nothing", () => {
  for (const answer of [true, false]) {
    const { io, asked, err } = terminal(answer);
    assert.equal(consents(io, request(LOSS)), answer);
    assert.deepEqual(asked, ["- plan\nGo on?"]);
    assert.deepEqual(err, answer ? [] : ["lvsctl: nothing was changed\n"]);
  }
});

Deno.test("consents() asks nothing with yes, and nothing about additions unless the command always asks", () => {
  const { io, asked } = terminal(false);
  assert.equal(consents(io, request(LOSS, { yes: true, losses: () => assert.fail("yes needs no losses") })), true);
  assert.equal(consents(io, request([], { asksAlways: false })), true);
  assert.deepEqual(asked, []);
  assert.equal(consents(io, request([])), false);
});

Deno.test("consents() without a terminal lets additions pass and refuses losses as wrong usage, with the option to add", () => {
  // The terminal of a process in the background exists and cannot be read.
  for (const canAsk of [false, true]) {
    const { io } = terminal(undefined, canAsk);
    assert.equal(consents(io, request([])), true);
    assert.throws(() => consents(io, request(LOSS, { object: "x.yaml" })), (error) => {
      assert.ok(error instanceof LvsctlError);
      assert.equal(error.exitCode, EXIT.usage);
      assert.equal(
        error.message,
        "Cannot apply x.yaml: it deletes VIP 192.0.2.1/32 on lo, and there is no terminal for the question; " +
          "nothing was changed; add --yes to do it",
      );
      return true;
    });
  }
});
