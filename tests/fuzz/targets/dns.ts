import { AnswerError, decodeAnswer } from "../../../core/net/mod.ts";
import { fromHex } from "../../support/hex.ts";
import { expectOnly, type FuzzTarget, requireText, splitHeader, withHeader } from "../target.ts";

const QUESTION = "03777777 076578616d706c65 036f7267 00";

/** An answer with one record of a type. */
function answer(type: string, data: string): Uint8Array {
  const { length } = fromHex(data);
  const size = length.toString(16).padStart(4, "0");
  return fromHex(`0000 8180 0001 0001 0000 0000 ${QUESTION} ${type} 0001 c00c ${type} 0001 0000003c ${size} ${data}`);
}

/** A name, behind a pointer to the question. */
const NAME = "046d61696c c00c";

const SEEDS: Readonly<Record<string, Uint8Array>> = {
  A: answer("0001", "c0000201"),
  AAAA: answer("001c", "20010db8 00000000 00000000 00000001"),
  NS: answer("0002", NAME),
  CNAME: answer("0005", NAME),
  PTR: answer("000c", NAME),
  MX: answer("000f", `000a ${NAME}`),
  SOA: answer("0006", `${NAME} ${NAME} 00000001 00000002 00000003 00000004 00000005`),
  SRV: answer("0021", `0001 0002 0050 ${NAME}`),
  TXT: answer("0010", "0561626364 65 0322 5c 00"),
  TYPE65: answer("0041", "0001 00 0001000302683200"),
};

/** The decoder of answers of name servers. */
export function dns(): FuzzTarget {
  return {
    name: "dns",
    seeds: Object.entries(SEEDS).map(([type, bytes]) => withHeader(type, bytes)),
    words: ["\xc0\x0c", "\xc0\x0e", "\xc1\x00", "\x3f", "\x00\x01\x00\x01", "\x00\x10\x00\x01", ...Object.keys(SEEDS)],
    maxBytes: 65_000,
    run: (input) => {
      const { header, body } = splitHeader(input);
      const recordType = Object.hasOwn(SEEDS, header) ? header : "TXT";
      const found = expectOnly(
        [AnswerError],
        () => decodeAnswer(body, { id: 0, name: "www.example.org", recordType, recursion: true }),
      );
      if (found === undefined) return;
      requireText(found.rcode, "the response code");
      for (const each of found.answers) requireText(each, "an answer");
    },
  };
}
