import { type Finding, isProblem, type RunStep, safeSteps, stepCommand } from "../../core/doctor/mod.ts";
import { layOut, type TextRow } from "../terminal/columns.ts";
import type { Line, Style } from "../terminal/line.ts";
import { count } from "./count.ts";
import type { Json } from "./json.ts";

/** The result of the doctor. */
export interface DoctorReport {
  /** The findings, or those that remain after the fixes; the worst first. */
  readonly findings: readonly Finding[];
  /** The steps that ran; with a dry run, the steps to run. */
  readonly steps: readonly RunStep[];
  /** Whether `--fix` is given. */
  readonly fix: boolean;
  /** Whether `--dry-run` is given. */
  readonly dryRun: boolean;
}

/** The width of the longest severity. */
const SEVERITY_WIDTH = "warning".length;
const INDENT = " ".repeat(SEVERITY_WIDTH + 2);

/** The colour of the first line of a finding. */
const STYLES: Readonly<Partial<Record<Finding["severity"], Style>>> = { error: "bad", warning: "warning" };

/**
 * The report in lines.
 *
 * @param options.width The largest width of a line; undefined for any.
 */
export function formatReport(
  report: DoctorReport,
  { width }: { readonly width?: number | undefined } = {},
): readonly Line[] {
  const { findings, steps, dryRun } = report;
  const lines: readonly (string | ReportRow)[] = [
    ...steps.map((step) => formatStep(step, { dryRun })),
    ...(steps.length > 0 && !dryRun ? keepingLines(steps) : []),
    ...(steps.length > 0 ? [""] : []),
    ...findings.flatMap(formatFinding),
    summary(report),
  ];
  const rows = lines.map((line): ReportRow => ({ indent: 4, ...(typeof line === "string" ? { text: line } : line) }));
  return rows.flatMap((row) =>
    layOut({ columns: [], rows: [row] }, { width: row.isCommand === true ? undefined : width })
  );
}

/** A line of the report. */
interface ReportRow extends TextRow {
  /** Whether it is a command: the terminal itself continues it, so that it can be copied as one line. */
  readonly isCommand?: boolean;
}

function formatStep({ command, former, problem }: RunStep, { dryRun }: { readonly dryRun: boolean }): string {
  if (dryRun) return `would run: ${command}`;
  const before = former === undefined ? "" : ` (it was ${former})`;
  return problem === undefined ? `ran: ${command}${before}` : `failed: ${command}: ${problem}`;
}

/** The steps do not survive a reboot: lines for the files that make them permanent. */
function keepingLines(steps: readonly RunStep[]): string[] {
  const done = steps.filter(({ problem }) => problem === undefined).map(({ command }) => command);
  const keep = (prefix: string, file: string): string[] => {
    const lines = done.filter((command) => command.startsWith(prefix)).map((command) => command.slice(prefix.length));
    if (lines.length === 0) return [];
    return [`to keep this after a reboot, write to ${file}:`, ...lines.map((line) => `  ${line}`)];
  };
  return [
    ...keep("sysctl -w ", "/etc/sysctl.d/90-lvsctl.conf").map((line) => line.replaceAll('"', "")),
    ...keep("modprobe ", "/etc/modules-load.d/lvsctl.conf"),
  ];
}

function formatFinding(finding: Finding): ReportRow[] {
  const { severity, id, object, what, why, fix } = finding;
  if (severity === "ok") {
    return [line(`${"ok".padEnd(SEVERITY_WIDTH)}  ${id}: ${object === undefined ? "" : `${object}: `}${what}`)];
  }
  const verb = fix?.isSafe === true && isProblem(finding) ? "fix: " : "run: ";
  return [
    { ...line(`${severity.padEnd(SEVERITY_WIDTH)}  ${id}: ${what}`), style: STYLES[severity] },
    ...(why === undefined ? [] : [line(`${INDENT}${why}`)]),
    ...(fix?.steps ?? []).map((step) => ({ ...line(`${INDENT}${verb}${stepCommand(step)}`), isCommand: true })),
  ];
}

/** A line of a finding, which continues below its text. */
function line(text: string): TextRow {
  return { text, indent: INDENT.length };
}

function summary({ findings, fix, dryRun }: DoctorReport): string {
  const counts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [count(number, severity)];
  });
  if (counts.length === 0) return "No problems found";
  const safe = safeSteps(findings).length;
  const isOffered = safe > 0 && !fix;
  const offer = isOffered ? `; --fix runs what is marked "fix:"` : "";
  return `${counts.join(", ")}${fix && !dryRun ? " left" : ""}${offer}`;
}

/** The report as JSON. */
export function doctorJson({ findings, steps, dryRun }: DoctorReport): { readonly [key: string]: Json } {
  const number = (severity: Finding["severity"]): number => findings.filter((one) => one.severity === severity).length;
  return {
    dry_run: dryRun,
    changed: !dryRun && steps.some(({ problem }) => problem === undefined),
    errors: number("error"),
    warnings: number("warning"),
    notes: number("note"),
    steps: steps.map(({ id, command, former, problem }) => ({
      finding: id,
      command,
      former: former ?? null,
      problem: problem ?? null,
    })),
    findings: findings.map((finding) => ({
      id: finding.id,
      severity: finding.severity,
      object: finding.object ?? null,
      what: finding.what,
      why: finding.why ?? null,
      fix: finding.fix === undefined ? null : {
        commands: finding.fix.steps.map(stepCommand),
        safe: finding.fix.isSafe,
      },
    })),
  };
}
