import {
  checkRound,
  declaredNames,
  type Followed,
  followHealth,
  keepVips,
  Reaction,
  type RoundResult,
  vipWishes,
} from "../../core/daemon/mod.ts";
import { asLvsctlError, EXIT, type ExitCode, LvsctlError } from "../../core/errors/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
import { askBy, openNetwork, probeBy } from "../../core/open_network.ts";
import { Changing } from "../changing.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import { readDesired } from "../config_file.ts";
import type { Context } from "../context.ts";
import { formatChange } from "../format/changes.ts";
import { changeJson, printJson } from "../format/json.ts";
import { formatRound, roundJson } from "../format/round.ts";
import { readOverrides } from "../override_file.ts";
import { updateStateFile } from "../state_file.ts";
import { openWithdrawnVips } from "../withdrawn_vips.ts";

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
      const round = await checkRound(desired.services, {
        probe: probeBy(network),
        ...(options.apply ? { ask: askBy(network) } : {}),
      });
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
  using vips = await openWithdrawnVips(context, desired);
  const warn = (error: unknown): void => {
    const { message } = asLvsctlError(error, { operation: "announce", object: "VIPs" });
    context.io.err(`lvsctl: warning: ${message}\n`);
  };
  // One run at a time counts and changes; the probing before it may overlap.
  return updateStateFile(options.state, (stored) => {
    const reaction = Reaction.fromJson(stored);
    reaction.override(readOverrides(context), desired.services);
    const now = Date.now();
    for (const { job, result } of round.probes) reaction.records.record(job, result, { at: now });
    for (const { job, result } of round.agents) reaction.agents.record(job, result, { at: now });
    reaction.retain(desired.services);
    using changing = dryRun ? undefined : new Changing(context, { operation: "check" });
    const situation = reaction.situation(now);
    const followed = followHealth(client, { desired, situation, names: declaredNames(desired), dryRun });
    if (!dryRun) reaction.take(followed.services.values(), situation);
    const kept = vips === undefined || dryRun
      ? { changes: [], errors: [] }
      : keepVips(vips, vipWishes(desired, reaction.standings), { onFailure: warn });
    changing?.made({ changes: followed.changes, vips: kept.changes });
    const result = { changes: followed.changes, errors: [...followed.errors, ...kept.errors] };
    // What was found counts, whatever the kernel refused.
    return { result, state: dryRun ? undefined : reaction.toJSON() };
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
