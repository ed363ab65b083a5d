import { ConfigError, readConfig } from "../../../core/config/mod.ts";
import { surroundingsOf } from "../../support/surroundings.ts";
import { filesBelow } from "../files.ts";
import { expectOnlyLater, type FuzzTarget, inputOfText, require, textOfInput } from "../target.ts";

const FIXTURES = new URL("../../fixtures/config/", import.meta.url);

/** Words of the language that mutations need most. */
const WORDS = [
  ..." \n\t#:,-{}[]\"'\\&*!|>%@~?.$",
  "  ",
  "---\n",
  "- ",
  ": ",
  "&a ",
  "*a",
  "<<: *a",
  "!!binary ",
  "? ",
  "null",
  "true",
  "0x10",
  "1e3",
  "1500ms",
  "32d",
  "0s",
  "65536",
  "4294967296",
  "::1",
  "[::1]:80",
  "10.0.0.[1-250]",
  "[1-65535]",
  "${A}",
  "${A:-b}",
  "$$",
  "regex: '(.*a){20}z'",
  "include: included/web.yaml\n",
  "weight",
  "forward: tun",
  "servers",
  "services",
  "check",
  "defaults",
  "\u2028",
  "\ufeff",
  "\r\n",
];

/** Configuration files: they are read, or refused with the places of all problems. */
export function config(): FuzzTarget {
  const included = filesBelow(new URL("included/", FIXTURES), /\.yaml$/);
  const surroundings = surroundingsOf({
    files: Object.fromEntries(Object.entries(included).map(([path, text]) => [`included/${path}`, text])),
    variables: { WEIGHT: "3", ADDRESS: "192.0.2.10", EMPTY: "", A: "${A}", DIGITS: "12345" },
    hosts: { "one.example": ["10.0.0.11"], "many.example": ["10.0.0.12", "2001:db8::12"], "web.example": [] },
  });
  const options = {
    ...surroundings,
    file: "test.yaml",
    lint: { expiresQuiescentTemplates: false, addresses: new Set<never>() },
  };
  const files = {
    ...filesBelow(new URL("good/", FIXTURES), /\.yaml$/),
    ...filesBelow(new URL("bad/", FIXTURES), /\.yaml$/),
  };
  return {
    name: "config",
    seeds: Object.values(files).filter((text) => text.length < 20_000).map(inputOfText),
    words: WORDS,
    maxBytes: 32 * 1024,
    run: async (input) => {
      const found = await expectOnlyLater([ConfigError], async () => {
        try {
          return await readConfig(textOfInput(input), options);
        } catch (error) {
          if (error instanceof ConfigError) requirePlaces(error);
          throw error;
        }
      });
      const isPlaced = found?.warnings.every(({ line, column, message }) =>
        line > 0 && column > 0 && !message.includes("\n")
      );
      require(isPlaced ?? true, "each warning has a place and one line");
    },
  };
}

function requirePlaces({ problems }: ConfigError): void {
  require(problems.length > 0, "an error has problems");
  require(problems.every(({ line, column }) => line > 0 && column > 0), "each problem has a place");
}
