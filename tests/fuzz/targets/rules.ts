/**
 * Rules in ipvsadm's format: of a file for `lvsctl restore`, and of the standard input of `ipvsadm -R`.
 *
 * @module
 */
import { readRules } from "../../../cli/ipvsadm/rules_file.ts";
import { ConfigError } from "../../../core/config/mod.ts";
import { Bench, NAMES } from "../../unit/cli/ipvsadm/fixtures.ts";
import { expectOnly, type FuzzTarget, inputOfText, require, textOfInput } from "../target.ts";

const SEEDS = [
  "-A -t 192.0.2.10:80 -s wlc\n-a -t 192.0.2.10:80 -r 10.0.0.11:80 -g -w 1\n-a -t 192.0.2.10:80 -r 10.0.0.12:80 -m -w 2\n",
  "-A -u [2001:db8::10]:53 -s rr -o\n-a -u [2001:db8::10]:53 -r [2001:db8::11]:53 -i -w 1 --tun-type gue --tun-port 6080\n",
  "-A -f 7 -s sh -p 300 -M 255.255.255.0 -b sh-fallback,sh-port\n-a -f 7 -r 10.0.0.11:0 -i -x 100 -y 50\n",
  "-A -f 8 -6 -s mh -p 60 -M 64\n-a -f 8 -6 -r [2001:db8::11]:0 -g\n-E -f 8 -6 -s rr\n-e -f 8 -6 -r [2001:db8::11]:0 -w 0\n",
  "--set 900 120 300\n--start-daemon master --mcast-interface eth0 --syncid 7\n--stop-daemon master\n-Z\n-C\n",
  "# comment\n-A -t web.example:http --pe sip -p\n-d -t web.example:http -r 10.0.0.11\n-D -t web.example:http\n",
  "ipvsadm -A -t 192.0.2.10:80\n-L -n\n-S -n\n-l --stats --rate\n",
];

const WORDS = [
  ..."-tufsrgimwxypMobACEDadeZRSLln6",
  "--add-service",
  "--weight",
  "--persistent",
  "--tun-type",
  "--tun-port",
  "--tun-nocsum",
  "--sched-flags",
  "--mcast-group",
  "--sync-maxlen",
  "--rate",
  "--sort",
  "2147483648",
  "4294967295",
  "[::]:0",
  "0.0.0.0:0",
  '"',
  "'",
  "\\",
  "=",
  " ",
  "\t",
  "\r\n",
  "\0",
  "#",
];

/** Most characters for a restore. */
const MAX_RESTORE_LENGTH = 4096;

/** Rules are read or refused; a restore ends with one of ipvsadm's statuses. */
export function rules(): FuzzTarget {
  return {
    name: "rules",
    seeds: SEEDS.map(inputOfText),
    words: WORDS,
    maxBytes: 32 * 1024,
    run: async (input) => {
      const text = textOfInput(input);
      expectOnly([ConfigError], () => readRules(text, { file: "test.rules", names: NAMES }));
      // Thousands of commands that list the table only take longer.
      const lines = text.slice(0, MAX_RESTORE_LENGTH);
      const size = 1 + (input.length % 61);
      const pieces = Array.from(
        { length: Math.ceil(lines.length / size) },
        (_, at) => lines.slice(at * size, (at + 1) * size),
      );
      const { status } = await new Bench().run(["-R"], { input: pieces });
      require([0, 1, 2, 255].includes(status), `ipvsadm has no status ${status}`);
    },
  };
}
