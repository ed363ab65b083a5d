import { type CheckPath, type DnsCheck, printable, type ServerId } from "../../model/mod.ts";
import {
  AnswerError,
  converse,
  decodeAnswer,
  type DnsAnswer,
  type DnsQuestion,
  encodeQuery,
  type ExchangeOptions,
  type Outcome,
} from "../../net/mod.ts";
import type { Prober } from "../prober.ts";
import { judgeTexts, quoted } from "./text_expectation.ts";
import { exchangeDatagrams } from "./datagrams.ts";

function judge(answer: DnsAnswer, { query, recordType, expect }: DnsCheck): Outcome {
  const { rcode, answers } = answer;
  const question = `${query} ${recordType}`;
  if (rcode !== expect.rcode) return { ok: false, reason: `${rcode} for ${question}, expected ${expect.rcode}` };
  const shown = answers.length === 0 ? "no answers" : printable(answers.join(", "));
  if (expect.answer !== undefined && !answers.includes(expect.answer)) {
    return { ok: false, reason: `none of the answers for ${question} is ${quoted(expect.answer)}: ${shown}` };
  }
  const difference = judgeTexts(expect, { texts: answers, what: `none of the answers for ${question}` });
  if (difference !== undefined) return { ok: false, reason: `${difference}: ${shown}` };
  return { ok: true, detail: answers.length === 0 ? rcode : shown };
}

/** A stream cannot be resynchronised, so a message that is not the answer ends it. */
function need(answer: DnsAnswer | undefined): DnsAnswer {
  if (answer !== undefined) return answer;
  throw new AnswerError("answer is not for the query");
}

function probeTcp(
  question: DnsQuestion,
  ...[target, check, options]: Parameters<Prober<DnsCheck>>
): Promise<Outcome> {
  return converse({ endpoint: target, binding: check, options }, async (session) => {
    const query = encodeQuery(question);
    await session.sendBytes(Uint8Array.from([query.length >> 8, query.length & 255, ...query]));
    const [high = 0, low = 0] = await session.bytes(2);
    return judge(need(decodeAnswer(await session.bytes(high * 256 + low), question)), check);
  });
}

/** The `dns` prober: response code and answers for a query over UDP or TCP. */
export async function probeDns(
  target: ServerId,
  check: DnsCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const { query: name, recordType, recursion } = check;
  const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
  const question: DnsQuestion = { id, name, recordType, recursion };
  if (check.transport === "tcp") return await probeTcp(question, target, check, options);
  let isTruncated = false;
  const outcome = await exchangeDatagrams({
    target,
    check,
    options,
    request: () => encodeQuery(question),
    judge: (datagram): Outcome | undefined => {
      const answer = decodeAnswer(datagram, question);
      isTruncated = answer?.isTruncated ?? false;
      return answer === undefined ? undefined : judge(answer, check);
    },
  });
  // The expected answer may be one of those that did not fit.
  return outcome.ok === false && isTruncated ? await probeTcp(question, target, check, options) : outcome;
}
