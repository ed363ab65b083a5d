import { ConfigError, readConfig } from "../../../core/config/mod.ts";
import { LvsctlError } from "../../../core/errors/mod.ts";
import { importIpvsctl } from "../../../core/importers/ipvsctl/import_ipvsctl.ts";
import { importKeepalived } from "../../../core/importers/keepalived/import_keepalived.ts";
import { importLdirectord } from "../../../core/importers/ldirectord/import_ldirectord.ts";
import type { Importer } from "../../../core/importers/mod.ts";
import { importWorld } from "../../unit/core/importers/import_fixtures.ts";
import { filesBelow } from "../files.ts";
import {
  entryFor,
  expectOnlyLater,
  type FuzzTarget,
  inputOfText,
  require,
  splitHeader,
  textOfInput,
  withHeader,
} from "../target.ts";

const FIXTURES = new URL("../../fixtures/import/", import.meta.url);

const IMPORTERS: Readonly<Record<string, Importer>> = {
  keepalived: importKeepalived,
  ldirectord: importLdirectord,
  ipvsctl: importIpvsctl,
};

const WORDS = [
  ..."{}\n\t \"'#!$@=,;~|",
  "virtual_server",
  "real_server",
  "virtual_server_group",
  "HTTP_GET",
  "TCP_CHECK",
  "MISC_CHECK",
  "DNS_CHECK",
  "url",
  "status_code 200-299",
  "digest",
  "regex",
  "quorum",
  "sorry_server",
  "fwmark",
  "delay_loop",
  "~SEQ(A,1,1,9)",
  "$A=",
  "${A}",
  "@director",
  "include included.conf",
  "include",
  "virtual = ",
  "real = ",
  "checktype = ",
  "request = ",
  "receive = ",
  "service = ",
  "quiescent = ",
  "192.0.2.1:80 gate 1",
  "10.0.0.1->10.0.0.254:80 masq",
  "65536",
  "99999999999",
];

/** Other programs' files: each is converted to a valid configuration file, or refused. */
export function importers(): FuzzTarget {
  const seeds = Object.keys(IMPORTERS).flatMap((program) => {
    const files = filesBelow(new URL(`${program}/`, FIXTURES), /\.(conf|cf|yaml)$/);
    return Object.entries(files)
      .filter(([path, text]) => !path.includes("expected") && text.length < 20_000)
      .map(([, text]) => withHeader(program, inputOfText(text)));
  });
  const world = importWorld({
    files: {
      "included.conf": "virtual_server 192.0.2.1 80 {\n  real_server 10.0.0.1 80 {\n  }\n}\ninclude included.conf\n",
    },
    variables: { SITE: "berlin", A: "${A}" },
  });
  return {
    name: "importers",
    seeds,
    words: WORDS,
    maxBytes: 24 * 1024,
    run: async (input) => {
      const { header, body } = splitHeader(input);
      const importer = entryFor(IMPORTERS, header);
      const text = textOfInput(body);
      // A sequence may have up to a million lines, which take their time.
      if (/~SEQ[^)]*\d{4}/.test(text)) return;
      const imported = await expectOnlyLater(
        [LvsctlError],
        () => importer({ file: "test.conf", text }, world),
      );
      if (imported === undefined) return;
      require(imported.unmapped.every(({ line, column }) => line > 0 && column > 0), "each report has a place");
      await requireValid(imported.text);
    },
  };
}

async function requireValid(text: string): Promise<void> {
  try {
    await readConfig(text, { file: "-" });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    require(false, `the converted file is not valid: ${error.message.split("\n", 1)[0]}`);
  }
}
