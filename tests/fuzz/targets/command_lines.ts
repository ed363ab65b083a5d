/**
 * Command lines of lvsctl and of the drop-in, and files of `lvsctl batch`, on a kernel in memory. An input has the
 * program in its first line; then an argument in each line, or the file.
 *
 * @module
 */
import { buildProgram } from "../../../cli/program.ts";
import { run } from "../../../cli/run_command_line.ts";
import { COMMANDS } from "../../../cli/registry.ts";
import type { Io } from "../../../cli/context/io.ts";
import { forTerminal } from "../../../core/model/mod.ts";
import { testContext } from "../../support/context.ts";
import { memoryKernel } from "../../support/kernel_state.ts";
import { MemoryRoutes } from "../../support/memory_routes.ts";
import { serviceEntry } from "../../support/samples.ts";
import { surroundingsOf } from "../../support/surroundings.ts";
import { Bench } from "../../unit/cli/ipvsadm/fixtures.ts";
import { entryFor, type FuzzTarget, inputOfText, require, splitHeader, textOfInput } from "../target.ts";

const FILE = "version: 1\nservices:\n  - { listen: tcp://192.0.2.10:80, servers: [10.0.0.11:80, 10.0.0.12:80] }\n";

const RULES = "-A -t 192.0.2.10:80\n-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m\n-A -f 7\n-A -u [2001:db8::10]:53 -s mh\n";

const SEEDS: readonly string[] = [
  "service add tcp://192.0.2.20:80 --scheduler wlc --persistent 5m",
  "service edit tcp://192.0.2.10:80 --scheduler sh",
  "service delete tcp://192.0.2.10:80",
  "service show tcp://192.0.2.10:80 --json",
  "server add tcp://192.0.2.10:80 10.0.0.13:80 --weight 2 --forward tun --tunnel gue --tunnel-port 6080",
  "server weight tcp://192.0.2.10:80 10.0.0.11:80 0",
  "server edit tcp://192.0.2.10:80 10.0.0.11:80 --upper-threshold 10 --lower-threshold 5",
  "server delete tcp://192.0.2.10:80 10.0.0.12:80",
  "server list tcp://192.0.2.10:80 --json",
  "server maint tcp://192.0.2.10:80 10.0.0.11:80 --reason later",
  "server overrides",
  "list --stats",
  "connections --client 10.9.0.0/16 --state ESTABLISHED --group-by client --top 3",
  "vip add 192.0.2.10/32 --device eth0 --label eth0:web",
  "vip list --json",
  "vip delete 192.0.2.10 --device eth0",
  "timeouts --tcp 15m --tcp-fin 2m --udp 5m",
  "sync start master --interface eth0 --sync-id 7",
  "sync stop master --ensure",
  "zero tcp://192.0.2.10:80",
  "flush --yes",
  "save",
  "restore - --yes",
  "plan - --prune --json",
  "apply - --yes --prune",
  "undo --dry-run",
  "history -n 5 --json",
  "config check - --json",
  "config schema",
  "config init",
  "import keepalived -",
  "import ldirectord - --json",
  "completions bash",
  "help service add",
  "version --json",
  "--help",
];

const IPVSADM_SEEDS: readonly string[] = [
  "-A -t 192.0.2.20:80 -s wlc -p 300 -M 255.255.255.0",
  "-a -f 7 -r 10.0.0.11:0 -i --tun-type gue --tun-port 6080 -w 2 -x 10 -y 5",
  "-e -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 0",
  "-d -t 192.0.2.10:80 -r 10.0.0.11",
  "-E -u [2001:db8::10]:53 -s mh -b mh-fallback,mh-port -o",
  "-D -t 192.0.2.10:80",
  "-L -n --stats --rate --exact --sort",
  "-ln --thresholds --persistent-conn",
  "-Sn",
  "--set 900 120 300",
  "--start-daemon master --mcast-interface eth0 --syncid 7 --mcast-group 224.0.0.81 --mcast-port 8848 --mcast-ttl 1",
  "--stop-daemon backup",
  "-Z -t web.example:http",
  "-C",
  "--help",
];

/** Commands that run until a signal, or need this machine. */
const ENDLESS = /^(run|top|status|check|realserver|doctor)$/;

/** Options with which a command waits. */
const WAITING = /^-+(w|watch|interval|drain|wait|lock)/;

/** Whether a command would write a file of this machine. */
function isWriting(args: readonly string[]): boolean {
  return args.some((word) => /^-+o/.test(word)) || (args.length > 1 && args.some((word) => /^(save|init)$/.test(word)));
}

/** Runs a program with the lines of an input. */
type Program = (lines: readonly string[]) => Promise<void>;

async function runLvsctl(args: readonly string[], stdin: string = FILE): Promise<void> {
  let err = "";
  const io: Io = {
    out: (text) => void forTerminal(text),
    err: (text) => err += forTerminal(text),
    control: () => {},
    readStdin: () => stdin,
    interactive: false,
    confirm: () => false,
  };
  const kernel = memoryKernel({ services: [serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80", "10.0.0.12:80")] });
  const routes = new MemoryRoutes();
  const context = testContext(io, {
    args,
    openIpvs: () => Promise.resolve(kernel.openClient()),
    openVips: () => Promise.resolve(routes.openClient()),
    openServerProber: () => Promise.resolve(routes.openServerProber()),
    openRoutes: () => Promise.resolve(routes.openRouteClient()),
    surroundings: surroundingsOf({}),
    openConnections: () => ({ [Symbol.iterator]: () => [].values(), [Symbol.dispose]: () => {} }),
  });
  if (args.some((word) => ENDLESS.test(word) || WAITING.test(word)) || isWriting(args)) {
    await buildProgram(context);
    return;
  }
  const code = await run(context);
  require(Number.isInteger(code) && code >= 0 && code <= 255, `lvsctl has no status ${code}`);
  // Resources without a stand-in are the test's own refusal.
  const isBug = /internal error/.test(err) && !/the command opened/.test(err);
  require(!isBug, `lvsctl reports a bug: ${err.slice(0, 300)}`);
}

async function runDropIn(args: readonly string[]): Promise<void> {
  const bench = new Bench();
  await bench.run(["-R"], { input: [RULES] });
  const { status } = await bench.run(args, { input: [RULES] });
  require([0, 1, 2, 255].includes(status), `ipvsadm has no status ${status}`);
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  lvsctl: (args) => runLvsctl(args),
  ipvsadm: runDropIn,
  batch: (lines) => runLvsctl(["batch", "-", "--keep-going", "--yes"], lines.join("\n")),
};

const BATCH_SEEDS: readonly string[] = [
  "batch\nservice add tcp://192.0.2.20:80 --scheduler rr\nserver add tcp://192.0.2.20:80 10.0.0.13:80 --weight 2\n",
  "batch\n# comment\nlvsctl server edit 'tcp://192.0.2.10:80' \"10.0.0.11:80\" --weight 0\nflush\ntimeouts --tcp 15m\n",
  "batch\nservice delete tcp://192.0.2.10:80 --if-exists\nsync start backup --interface eth\\0\n",
];

/** Command lines: each ends with a documented status, and with no report of a bug. */
export function commandLines(): FuzzTarget {
  const seeds = [
    ...SEEDS.map((line) => `lvsctl ${line}`),
    ...IPVSADM_SEEDS.map((line) => `ipvsadm ${line}`),
  ];
  return {
    name: "command_lines",
    seeds: [...seeds.map((line) => line.replaceAll(" ", "\n")), ...BATCH_SEEDS].map(inputOfText),
    words: [
      ...COMMANDS.map(({ name }) => name).filter((name) => !ENDLESS.test(name)),
      "--json",
      "--help",
      "--weight",
      "--scheduler",
      "--prune",
      "--yes",
      "--",
      "-",
      "--=",
      "-n",
      "\n",
      "\n-",
      "\n--",
      "=",
      "fwmark:7",
      "[::1]:80",
      "udp://[2001:db8::1]:53",
      "10.0.0.0/33",
      "1h",
      "-1",
      "4294967296",
      "\u001b[2J",
      "\u202e",
      "",
      "__proto__",
    ],
    maxBytes: 4096,
    run: async (input) => {
      const { header, body } = splitHeader(input);
      const text = textOfInput(body);
      await entryFor(PROGRAMS, header)(text === "" ? [] : text.split("\n"));
    },
  };
}
