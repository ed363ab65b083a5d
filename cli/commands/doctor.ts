import { type ConfigOptions, parseConfig } from "../../core/config/mod.ts";
import {
  applyFixes,
  examine,
  type Finding,
  gatherFacts,
  isProblem,
  type RunStep,
  safeSteps,
  stepCommand,
} from "../../core/doctor/mod.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import type { DesiredState } from "../../core/model/mod.ts";
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
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { doctorJson, formatReport } from "../format/doctor.ts";
import { printJson } from "../format/json.ts";
import { readConfigText } from "../config/config_text.ts";
import { unresolvedHosts } from "../config/read_config.ts";
import { outWidth, printLines } from "../terminal/display.ts";
import { ReadingProgress } from "../terminal/reading_progress.ts";

/** `lvsctl doctor`. */
export function doctorCommand(context: Context): CommandUnknownOpts {
  return new Command("doctor")
    .description(
      "Checks this director's configuration: modules, capabilities, other programs that change the table, VIPs, routes " +
        "to the real servers, whether these answer for the VIPs, forwarding, redirects, rp_filter, ARP, " +
        "net.ipv4.vs.*, the virtual routers of the file and of the daemon, the verdicts that directors share, and tables that fill up. Each finding names its effect and the command that fixes it. Without " +
        "--fix nothing is changed and no module is loaded. The exit status is 1 if an error or a warning is found, or " +
        "remains after --fix.",
    )
    .addHelpText("after", examples("lvsctl doctor", "lvsctl doctor /etc/lvsctl/lvsctl.yaml --fix"))
    .argument("[file]", "YAML whose services are checked too; - is standard input")
    .option("--fix", "run the safe commands: sysctls and modules; report failed ones")
    .option("--dry-run", "with --fix: print the commands without running them")
    .option("-v, --verbose", "also show checks without a finding")
    .option("--wide", WIDE_HELP)
    .option("--color <when>", COLOR_HELP, colorArgument)
    .option("--json", "print JSON")
    .option(OUTPUT_FLAGS, OUTPUT_HELP, outputArgument)
    .action(withStatus(async (file, options) => {
      const { io, host, openIpvs, openRoutes, openVips, openServerProber } = context;
      const { fix = false, dryRun = false, verbose = false } = options;
      if (dryRun && !fix) {
        throw new LvsctlError("--dry-run needs --fix", { exitCode: EXIT.usage });
      }
      const wanted = file === undefined ? undefined : await wantedState(context, file);
      const look = async (): Promise<ReturnType<typeof examine>> =>
        examine(
          await gatherFacts(
            {
              ...host,
              openIpvs,
              openRoutes,
              openVips,
              openServerProber,
              askRouters: async () => {
                const { runningRouters } = await import("./doctor/running_routers.ts");
                return await runningRouters(context);
              },
              askSharing: async () => {
                const { runningSharing } = await import("./doctor/running_sharing.ts");
                return await runningSharing(context);
              },
            },
            wanted,
          ),
        );
      let findings = await look();
      let steps: readonly RunStep[] = [];
      if (fix && dryRun) {
        steps = safeSteps(findings).map(({ id, step }) => ({ id, command: stepCommand(step) }));
      } else if (fix) {
        const { loadModule } = host;
        io.beginChange?.();
        steps = applyFixes(findings, { sysctls: { root: `${host.proc}/sys` }, loadModule });
        if (steps.length > 0) findings = await look();
      }
      const problems = findings.filter(isProblem).length;
      const isQuiet = io.verbosity === "quiet" && !options.json;
      const isShown = (finding: Finding): boolean =>
        isQuiet ? isProblem(finding) : verbose || finding.severity !== "ok";
      const report = { findings: findings.filter(isShown), steps, fix, dryRun };
      const failed = steps.some(({ problem }) => problem !== undefined);
      if (options.json) printJson(io, doctorJson(report));
      else if (!isQuiet || dryRun || problems > 0 || failed) {
        printLines(io, formatReport(report, { width: outWidth(io, options) }), options);
      }
      return problems > 0 || failed ? EXIT.refused : EXIT.ok;
    }));
}

/** The desired state of a file; host names without an address are left out, with a warning. */
async function wantedState(context: Context, file: string): Promise<DesiredState> {
  const { files, variables, host, labels, resolve, discover } = context.surroundings;
  const options = { file, files, variables, host, labels, resolve, discover, omitsUnresolved: true };
  const { text } = await readConfigText(context, { file });
  const desired = await parse(context, text, options);
  for (const reason of unresolvedHosts(desired).values()) {
    context.io.err(`lvsctl: warning: ${reason}; the doctor does not see its servers\n`);
  }
  return desired;
}

async function parse(context: Context, text: string, options: ConfigOptions): Promise<DesiredState> {
  using reading = new ReadingProgress(context);
  reading.add(text, { name: options.file });
  return await parseConfig(text, options);
}
