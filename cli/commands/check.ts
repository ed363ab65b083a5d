import { type AskFunction, checkOnce, JobTable, type ProbeFunction, type RoundResult } from "../../core/health/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import { openNetwork } from "../../core/system/network.ts";
import { askBy, probeBy } from "../../core/system/probes.ts";
import { applyRound } from "./check/apply_round.ts";
import { argumentParser, textsArgument } from "../options/arguments.ts";
import { selectServices } from "./check/selection.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import {
  COLOR_HELP,
  colorArgument,
  OUTPUT_FLAGS,
  OUTPUT_HELP,
  outputArgument,
  WIDE_HELP,
} from "../options/display_options.ts";
import { examples } from "../options/examples.ts";
import {
  CRITICAL_FLAGS,
  CRITICAL_HELP,
  FORMAT_FLAGS,
  FORMAT_HELP,
  formatArgument,
  refuseWithFormat,
  WARNING_FLAGS,
  WARNING_HELP,
} from "../options/plugin_format.ts";
import { withStatus } from "../options/exit_status.ts";
import { LABEL } from "../options/label_options.ts";
import { STORE_ADDRESS_HELP, withStoredFile } from "../options/store_options.ts";
import { chosenFile, DEFAULT_FILE_HELP } from "../config/default_file.ts";
import { readAvailable, unresolvedHosts } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { withLabels } from "../context/surroundings.ts";
import { ExchangeRecorder } from "./check/exchange_recorder.ts";
import { parsePluginRange } from "../format/plugin_range.ts";
import { groupDigits } from "../format/count.ts";
import { formatChange, formatChangeLine } from "../format/changes.ts";
import { changeJson, printJson } from "../format/json.ts";
import { changesJson } from "../format/printed_change.ts";
import { type ExchangeOf, formatRound, roundJson } from "../format/round.ts";
import { untilReaderEnds } from "../context/io.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { Progress } from "../terminal/progress.ts";
import { systemDirectories } from "../state/directories.ts";

/** The file that counts rise and fall between runs. A reboot deletes it, together with the table. */
function stateFile({ directories = systemDirectories() }: Context): string {
  return `${directories.run}/check.json`;
}

/** `lvsctl check`. */
export function checkCommand(context: Context): CommandUnknownOpts {
  const command = new Command("check")
    .description(
      "Checks every real server once and prints the results. With --apply, for cron, the table follows health, which " +
        "changes after rise or fall equal results in a row over several runs.",
    )
    .argument("[file]", `YAML, ${STORE_ADDRESS_HELP}; - is standard input ${DEFAULT_FILE_HELP}`)
    .option("--apply", "change the table")
    .option("--state <file>", "state file, which counts results between runs", stateFile(context))
    .option("--dry-run", "with --apply: print the changes without making them")
    .option("--service <service>", "check only this one, by name or tcp://IP:PORT; repeatable", textsArgument)
    .option("--server <server>", "check only this one, ADDRESS or ADDRESS:PORT; repeatable", textsArgument)
    .option("-v, --verbose", "show what checks and servers send to each other, except secrets")
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .option(FORMAT_FLAGS, FORMAT_HELP, formatArgument)
    .option(WARNING_FLAGS, WARNING_HELP, argumentParser(parsePluginRange))
    .option(CRITICAL_FLAGS, CRITICAL_HELP, argumentParser(parsePluginRange));
  return withStoredFile(command)
    .option(...LABEL)
    .action(withStatus(async (named, options) => {
      const { io } = context;
      const { format } = options;
      const { json = false, output, verbose = false } = options;
      const others = { "--json": json, "--output": output !== undefined, "--verbose": verbose };
      refuseWithFormat(format, { others, thresholds: options });
      const file = chosenFile(context, named);
      const { dryRun = false } = options;
      const { resolve, discover } = context.surroundings;
      const store = { ...options, changes: options.apply === true && !dryRun };
      const { desired } = await readAvailable(withLabels(context, options.label), file, {
        resolve,
        discover,
        warn: false,
        store,
      });
      const unresolved = unresolvedHosts(desired);
      if (format === undefined) {
        for (const reason of unresolved.values()) io.err(`lvsctl: warning: ${reason}\n`);
      }
      const selected = selectServices(desired.services, { services: options.service, servers: options.server });
      await using network = openNetwork();
      const recorder = options.verbose ? new ExchangeRecorder() : undefined;
      const round = await checkWithProgress(context, {
        jobs: new JobTable(selected),
        probe: recorder?.probeBy(network) ?? probeBy(network),
        ask: options.apply ? askBy(network) : undefined,
      });
      const { changes, errors } = options.apply
        ? await applyRound(context, { desired, round, network }, { state: options.state, dryRun })
        : { changes: [], errors: [] };
      if (format !== undefined) {
        throwErrors(errors, changes.length > 0);
        const { roundReport } = await import("../format/nagios.ts");
        const { status, line } = roundReport(round, options);
        io.out(line);
        return status;
      }
      const shown = recorder === undefined ? {} : { exchange: exchangeOf(recorder) };
      await untilReaderEnds(() => {
        if (options.json) {
          const listed = changes.map((change) => ({ json: changeJson(change) }));
          printJson(io, changesJson(listed, { dryRun, facts: roundJson(round, shown) }));
        } else {
          const width = outWidth(io, options);
          const isQuiet = io.verbosity === "quiet";
          const made = isQuiet && !dryRun ? [] : changes;
          const steps = made.flatMap((change) => formatChangeLine(formatChange(change), { width }));
          printLines(io, [...formatRound(round, { ...shown, width, onlyTrouble: isQuiet }), ...steps], options);
        }
        throwErrors(errors, changes.length > 0);
      });
      const status = roundStatus(round);
      // A server whose name has no address is not checked, so not all are healthy.
      return status === EXIT.ok && unresolved.size > 0 ? EXIT.refused : status;
    }))
    .addHelpText("after", examples("lvsctl check lvsctl.yaml", "lvsctl check lvsctl.yaml --service web --verbose"));
}

/** Runs a round of checks; a terminal shows how many are complete. */
async function checkWithProgress(
  { io, clock }: Context,
  { jobs, probe, ask }: {
    readonly jobs: JobTable;
    readonly probe: ProbeFunction;
    readonly ask: AskFunction | undefined;
  },
): Promise<RoundResult> {
  let checked = 0;
  using progress = new Progress(io, { now: () => clock.now() });
  const total = groupDigits(jobs.probes.length);
  using _updates = progress.keepShowing(() => `checked ${groupDigits(checked)} of ${total}`, { clock });
  return await checkOnce(jobs, {
    probe: async (...job) => {
      const result = await probe(...job);
      checked++;
      return result;
    },
    ask,
  });
}

function exchangeOf(recorder: ExchangeRecorder): ExchangeOf {
  return ({ job }) => job === undefined ? [] : recorder.of(job);
}

/**
 * Throws the errors of a partly failed change as one.
 *
 * @throws {LvsctlError} If there are errors; a bug is thrown as it is.
 */
function throwErrors(errors: readonly unknown[], isPartlyDone: boolean): void {
  const known = errors.filter((error) => error instanceof LvsctlError);
  if (known.length < errors.length) throw errors.find((error) => !(error instanceof LvsctlError));
  const [first] = known;
  if (first === undefined) return;
  const message = known.map((error) => error.message).join("\n");
  throw new LvsctlError(message, { exitCode: isPartlyDone ? EXIT.partial : first.exitCode });
}

function roundStatus({ allPassed, quorumsMet }: RoundResult): ExitCode {
  if (!quorumsMet) return EXIT.belowQuorum;
  return allPassed ? EXIT.ok : EXIT.refused;
}
