import { checkOnce, JobTable, type RoundResult } from "../../core/health/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import { askBy, openNetwork, probeBy } from "../../core/system/network.ts";
import { applyRound } from "./check/apply_round.ts";
import { textsArgument } from "../options/arguments.ts";
import { selectServices } from "./check/selection.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";
import { withStatus } from "../options/exit_status.ts";
import { readDesired } from "../config/read_config.ts";
import type { Context } from "../context/context.ts";
import { ExchangeRecorder } from "./check/exchange_recorder.ts";
import { formatChange } from "../format/changes.ts";
import { changeJson, printJson } from "../format/json.ts";
import { type ExchangeOf, formatRound, roundJson } from "../format/round.ts";
import { untilReaderEnds } from "../context/io.ts";
import { systemDirectories } from "../state/directories.ts";

/** The file that counts rise and fall from one run to the next: gone after a reboot, as the table is. */
function stateFile({ directories = systemDirectories() }: Context): string {
  return `${directories.run}/check.json`;
}

/** `lvsctl check`. */
export function checkCommand(context: Context): CommandUnknownOpts {
  return new Command("check")
    .description(
      "Checks every real server once and reports. With --apply the table follows, when as many results in a row as " +
        "rise and fall ask for have come in over several runs: for cron.",
    )
    .argument("<file>", "YAML; - is standard input")
    .option("--apply", "change the table")
    .option("--state <file>", "where results are counted between runs", stateFile(context))
    .option("--dry-run", "with --apply: say what would be changed")
    .option("--service <service>", "check only this one, by name or as it listens; may be given again", textsArgument)
    .option("--server <server>", "check only this one, ADDRESS or ADDRESS:PORT; may be given again", textsArgument)
    .option("--verbose", "show what the checks and the servers say to each other, but for what holds a secret")
    .option("--json", "print JSON")
    .action(withStatus(async (file, options) => {
      const { io } = context;
      const { dryRun = false } = options;
      const desired = await readDesired(context, file);
      const selected = selectServices(desired.services, { services: options.service, servers: options.server });
      using network = openNetwork();
      const recorder = options.verbose ? new ExchangeRecorder() : undefined;
      const round = await checkOnce(new JobTable(selected), {
        probe: recorder?.probeBy(network) ?? probeBy(network),
        ...(options.apply ? { ask: askBy(network) } : {}),
      });
      const { changes, errors } = options.apply
        ? await applyRound(context, { desired, round, network }, { state: options.state, dryRun })
        : { changes: [], errors: [] };
      const shown = recorder === undefined ? {} : { exchange: exchangeOf(recorder) };
      await untilReaderEnds(() => {
        if (options.json) {
          printJson(io, { ...roundJson(round, shown), dry_run: dryRun, changes: changes.map(changeJson) });
        } else io.out(formatRound(round, shown) + changes.map((change) => `${formatChange(change)}\n`).join(""));
        refuseErrors(errors, changes.length > 0);
      });
      return roundStatus(round);
    }))
    .addHelpText("after", examples("lvsctl check lvsctl.yaml", "lvsctl check lvsctl.yaml --service web --verbose"));
}

function exchangeOf(recorder: ExchangeRecorder): ExchangeOf {
  return ({ job }) => job === undefined ? [] : recorder.of(job);
}

/**
 * Tells why some of the table did not follow.
 *
 * @throws {LvsctlError} If anything did not; a bug is thrown as it is.
 */
function refuseErrors(errors: readonly unknown[], isPartlyDone: boolean): void {
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
