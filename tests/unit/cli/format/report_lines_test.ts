import assert from "node:assert/strict";
import { formatReport } from "../../../../cli/format/doctor.ts";
import { formatRound } from "../../../../cli/format/round.ts";
import { type Line, plainText } from "../../../../cli/terminal/line.ts";
import { textWidth } from "../../../../cli/terminal/text_width.ts";
import type { Finding } from "../../../../core/doctor/mod.ts";
import { JobTable, type RoundResult } from "../../../../core/health/mod.ts";
import { parseConfig } from "../../../../core/config/mod.ts";

/** Asserts that lines fit 80 columns, and returns their texts. */
function fitting(lines: readonly Line[]): readonly string[] {
  const texts = lines.map(plainText);
  for (const text of texts) assert.ok(textWidth(text) <= 80, text);
  return texts;
}

const FINDING: Finding = {
  id: "ip-forward-off",
  severity: "error",
  what: `net.ipv4.ip_forward is 0, and there are nat servers ${"that need it ".repeat(6)}`,
  why: `packets of clients are dropped ${"on their way ".repeat(10)}`,
};

Deno.test("formatReport() continues long findings below their text, the first line coloured by severity", () => {
  const report = { findings: [FINDING], steps: [], fix: false, dryRun: false };
  const whole = formatReport(report).map(plainText);
  assert.equal(whole.length, 3);
  const lines = formatReport(report, { width: 80 });
  const texts = fitting(lines);
  assert.ok(texts.length > 5);
  assert.match(texts[1] ?? "", /^ {9}\S/);
  assert.deepEqual(typeof lines[0] === "string" ? undefined : lines[0]?.[0]?.style, "bad");
  assert.equal(texts.at(-1), "1 error");
  const words = (shown: readonly string[]): readonly string[] => shown.join(" ").split(/ +/);
  assert.deepEqual(words(texts), words(whole));
});

Deno.test("formatReport() leaves a long command on one line, to be copied", () => {
  const command =
    "lvsctl server edit tcp://192.168.0.118:80 10.1.0.118:80 --forward tun --tunnel-type gue --tunnel-port 6080";
  const fix = { steps: [{ kind: "command", command } as const], isSafe: false };
  const report = { findings: [{ ...FINDING, fix }], steps: [], fix: false, dryRun: false };
  const texts = formatReport(report, { width: 80 }).map(plainText);
  assert.equal(texts.at(-2), `         run: ${command}`);
});

Deno.test("formatRound() fits 80 columns, with failures in colour", async () => {
  const address = "[2001:db8:1234:5678:9abc:def0:1234:5678]";
  const { services } = await parseConfig(
    `version: 1\nservices: [{ name: web, listen: "tcp://${address}:65535", check: { type: tcp }, servers: ["${address}:65535"] }]\n`,
    { file: "web.yaml" },
  );
  const [desired] = services;
  const [job] = desired === undefined ? [] : new JobTable(services).of(desired);
  assert.ok(desired !== undefined && job !== undefined);
  const result = { ok: false, reason: "no answer ".repeat(20), latencyMs: 1234.5 } as const;
  const servers = [{ server: job.server, job: job.probe, result }];
  const round: RoundResult = {
    services: [{ desired, servers, passed: 0, quorumMet: false }],
    probes: [],
    agents: [],
    allPassed: false,
    quorumsMet: false,
    durationMs: 1,
  };
  const lines = formatRound(round, { width: 80 });
  const [first = "", second = ""] = fitting(lines);
  assert.match(first, /^tcp:\/\/\[2001.*\.\..*: 0 of 1 healthy, below its quorum of 1$/);
  assert.match(second, /^ {2}-> \[2001.*\.\..*\]:65535 {2}FAILED {2}1234\.5 ms {2}no answer .*\.\.$/);
  const styles = lines.flatMap((line) => typeof line === "string" ? [] : line.map(({ style }) => style));
  assert.deepEqual(styles.filter((style) => style !== undefined), ["bad", "bad"]);
});
