import { checkRound, declaredNames, type Followed, followHealth, type RoundResult } from "../../core/daemon/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import { HealthRecords, probeJobs } from "../../core/health/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import { openNetwork, probeBy } from "../../core/open_network.ts";
import { Changing } from "../changing.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import { readDesired } from "../config_file.ts";
import type { Context } from "../context.ts";
import { formatChange } from "../format/changes.ts";
import { changeJson, printJson } from "../format/json.ts";
import { formatRound, roundJson } from "../format/round.ts";
import { updateStateFile } from "../state_file.ts";

/** Where rise and fall are counted from one run to the next; gone after a reboot, as the table is. */
const STATE_FILE = "/run/lvsctl/check.json";

/** `lvsctl check`. */
export function checkCommand(context: Context): CommandUnknownOpts {
  return new Command("check")
    .description(
      "Checks every real server once and reports. With --apply the table follows, when as many results in a row as " +
        "rise and fall ask for have come in over several runs: for cron.",
    )
    .argument("<file>", "YAML; - is standard input")
    .option("--apply", "change the table")
    .option("--state <file>", "where results are counted between runs", STATE_FILE)
    .option("--dry-run", "with --apply: say what would be changed")
    .option("--json", "print JSON")
    .action(async (file, options) => {
      const { io } = context;
      const desired = await readDesired(context, file);
      using network = openNetwork();
      const round = await checkRound(desired.services, { probe: probeBy(network) });
      const { changes, errors } = options.apply
        ? await applyRound(context, { desired, round }, { state: options.state, dryRun: options.dryRun ?? false })
        : { changes: [], errors: [] };
      context.exitCode = roundStatus(round);
      if (options.json) {
        printJson(io, { ...roundJson(round), dry_run: options.dryRun ?? false, changes: changes.map(changeJson) });
      } else io.out(formatRound(round) + changes.map((change) => `${formatChange(change)}\n`).join(""));
      refuseErrors(errors, changes.length > 0);
    });
}

async function applyRound(
  context: Context,
  found: { readonly desired: DesiredState; readonly round: RoundResult },
  options: { readonly state: string; readonly dryRun: boolean },
): Promise<Pick<Followed, "changes" | "errors">> {
  const { desired, round } = found;
  const { dryRun } = options;
  using client = await context.openIpvs();
  // One run at a time counts and changes; the probing before it may overlap.
  return updateStateFile(options.state, (stored) => {
    const records = HealthRecords.fromJson(stored);
    const at = Date.now();
    for (const { job, result } of round.probes) records.record(job, result, { at });
    records.retain(probeJobs(desired.services));
    using changing = dryRun ? undefined : new Changing(context, { operation: "check" });
    const followed = followHealth(client, { desired, records, names: declaredNames(desired), dryRun });
    changing?.made({ changes: followed.changes });
    // What was found counts, whatever the kernel refused.
    return { result: followed, state: dryRun ? undefined : records.toJSON() };
  });
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
