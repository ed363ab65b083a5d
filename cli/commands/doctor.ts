import { parseConfig } from "../../core/config/mod.ts";
import {
  applyFixes,
  examine,
  gatherFacts,
  isProblem,
  type RunStep,
  safeSteps,
  stepCommand,
} from "../../core/doctor/mod.ts";
import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { withStatus } from "../options/exit_status.ts";
import type { Context } from "../context/context.ts";
import { doctorJson, formatReport } from "../format/doctor.ts";
import { printJson } from "../format/json.ts";
import { readFile } from "../context/io.ts";

/** `lvsctl doctor`. */
export function doctorCommand(context: Context): CommandUnknownOpts {
  return new Command("doctor")
    .description(
      "Looks at this machine as a director: modules, capabilities, other programs that change the table, VIPs, the ways " +
        "to the real servers, forwarding, redirects, rp_filter, ARP, net.ipv4.vs.*, and tables that fill up. Each " +
        "finding says why it matters and which command mends it. Nothing is changed without --fix, no module loaded " +
        "either. The exit status is 1 if an error or a warning is found, or is left after --fix.",
    )
    .argument("[file]", "YAML whose services are looked at too, as if the kernel had them; - is standard input")
    .option("--fix", "run the commands that are safe: sysctls and modules; what took no effect is told")
    .option("--dry-run", "with --fix: say which would be run")
    .option("-v, --verbose", "tell what is in order too")
    .option("--json", "print JSON")
    .action(withStatus(async (file, options) => {
      const { io, host, openIpvs, openRoutes } = context;
      const { fix = false, dryRun = false, verbose = false } = options;
      if (dryRun && !fix) {
        throw new LvsctlError("--dry-run says what --fix would do", { hint: "add --fix", exitCode: EXIT.usage });
      }
      const wanted = file === undefined ? undefined : await parseConfig(readFile(io, file), { file });
      const look = async (): Promise<ReturnType<typeof examine>> =>
        examine(await gatherFacts({ ...host, openIpvs, openRoutes }, wanted));
      let findings = await look();
      let steps: readonly RunStep[] = [];
      if (fix && dryRun) {
        steps = safeSteps(findings).map(({ id, step }) => ({ id, command: stepCommand(step) }));
      } else if (fix) {
        const { loadModule } = host;
        steps = applyFixes(findings, { sysctls: { root: `${host.proc}/sys` }, loadModule });
        if (steps.length > 0) findings = await look();
      }
      const problems = findings.filter(isProblem).length;
      const report = { findings: findings.filter(({ severity }) => verbose || severity !== "ok"), steps, fix, dryRun };
      if (options.json) printJson(io, doctorJson(report));
      else io.out(formatReport(report));
      return problems > 0 || steps.some(({ problem }) => problem !== undefined) ? EXIT.refused : EXIT.ok;
    }));
}
