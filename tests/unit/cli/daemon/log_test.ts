import assert from "node:assert/strict";
import { DaemonLog, type DaemonLogOptions, isJournalStream, type LogFormat } from "../../../../cli/daemon/log.ts";
import { describeEvent, describeWorkerEnd } from "../../../../cli/format/events.ts";
import { parseEndpoint } from "../../../../core/model/mod.ts";
import type { LogRecord } from "../../../../cli/format/log_record.ts";

const RECORD: LogRecord = { level: "error", event: "failure", message: "one\ntwo", fields: { retry_ms: 5 } };

function logged(format: LogFormat, isJournal: boolean, ...records: readonly LogRecord[]): string {
  let text = "";
  const options = { format, isJournal, isTerminal: false, timeOfDay: () => 1_000_000_000_500 };
  const log = new DaemonLog({ ...options, write: (part) => text += part });
  for (const record of records) log.write(record);
  return text;
}

Deno.test("DaemonLog writes time and severity before each line of a message, where no journal adds them", () => {
  assert.equal(
    logged("text", false, RECORD, { ...RECORD, level: "info", message: "x" }),
    "2001-09-09T01:46:40.500Z error: one\n2001-09-09T01:46:40.500Z error: two\n2001-09-09T01:46:40.500Z info: x\n",
  );
});

Deno.test("DaemonLog writes the program's name on a terminal, as every command does", () => {
  let text = "";
  const options = { format: "text", isJournal: false, isTerminal: true, timeOfDay: () => 0 } as const;
  const log = new DaemonLog({ ...options, write: (part) => text += part });
  log.write(RECORD);
  log.warn("no room");
  assert.equal(text, "lvsctl: one\nlvsctl: two\nlvsctl: warning: no room\n");
});

Deno.test("DaemonLog writes the severity for journald, and neither name nor time", () => {
  assert.equal(logged("text", true, RECORD, { ...RECORD, level: "info", message: "x" }), "<3>one\n<3>two\n<6>x\n");
});

Deno.test("DaemonLog writes one JSON object for each record, with any message", () => {
  const line = logged("json", false, { ...RECORD, message: 'one\n"two"' });
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.deepEqual(JSON.parse(line), {
    time: "2001-09-09T01:46:40.500Z",
    level: "error",
    event: "failure",
    message: 'one\n"two"',
    retry_ms: 5,
  });
  assert.match(logged("json", true, RECORD), /^<3>\{.*\}\n$/);
});

Deno.test("DaemonLog writes warnings and errors alone if it is quiet", () => {
  let text = "";
  const options = { format: "text", isJournal: false, isTerminal: true, timeOfDay: () => 0, isQuiet: true } as const;
  const log = new DaemonLog({ ...options, write: (part) => text += part });
  for (const level of ["info", "notice", "warning", "error"] as const) log.write({ level, event: "x", message: level });
  assert.equal(text, "lvsctl: warning\nlvsctl: error\n");
});

Deno.test("DaemonLog.warn() marks a warning", () => {
  let text = "";
  const options = { format: "text", isJournal: true, isTerminal: false, timeOfDay: () => 0 } as const;
  const log = new DaemonLog({ ...options, write: (part) => text += part });
  log.warn("no room");
  assert.equal(text, "<4>warning: no room\n");
});

Deno.test("DaemonLog.line() takes a command's line for a record, whose severity is written once", () => {
  const lines = ["lvsctl: warning: no room", "lvsctl: error: no such host", "lvsctl: plain"];
  const logged = (options: Pick<DaemonLogOptions, "isJournal" | "isTerminal">): readonly string[] => {
    const written: string[] = [];
    const log = new DaemonLog({ format: "text", timeOfDay: () => 0, write: (part) => written.push(part), ...options });
    for (const line of lines) log.line(line);
    return written;
  };
  assert.deepEqual(logged({ isJournal: false, isTerminal: false }), [
    "1970-01-01T00:00:00.000Z warning: no room\n",
    "1970-01-01T00:00:00.000Z error: no such host\n",
    "1970-01-01T00:00:00.000Z warning: plain\n",
  ]);
  assert.deepEqual(logged({ isJournal: true, isTerminal: false }), [
    "<4>warning: no room\n",
    "<3>error: no such host\n",
    "<4>warning: plain\n",
  ]);
  assert.equal(logged({ isJournal: false, isTerminal: true })[0], "lvsctl: warning: no room\n");
});

Deno.test("isJournalStream() accepts $JOURNAL_STREAM only if standard error is that stream", () => {
  const { dev, ino } = Deno.statSync("/proc/self/fd/2");
  assert.deepEqual([undefined, "", "0:0", `${dev}:${ino}`, `${dev}:${ino}0`].map(isJournalStream), [
    false,
    false,
    false,
    true,
    false,
  ]);
});

Deno.test("describeEvent() names check, server, health and reason", () => {
  const target = parseEndpoint("10.0.0.11:80");
  const check = { type: "tcp", intervalMs: 1000, timeoutMs: 500, rise: 1, fall: 1 } as const;
  const event = { kind: "health", job: { key: "", target, check }, health: "unhealthy", reason: "refused" } as const;
  assert.deepEqual(describeEvent(event), {
    level: "warning",
    event: "health",
    message: "tcp 10.0.0.11:80 is unhealthy: refused",
    fields: { check: "tcp", server: "10.0.0.11:80", health: "unhealthy", reason: "refused" },
  });
});

Deno.test("the log says why the worker that probes has ended, and when another one starts", () => {
  const record = describeWorkerEnd({ reason: "out of memory", restartMs: 200 });
  assert.equal(
    logged("text", true, record),
    "<3>the worker that probes has ended: out of memory; another one starts in 200ms\n",
  );
  assert.deepEqual(JSON.parse(logged("json", false, record)), {
    time: "2001-09-09T01:46:40.500Z",
    ...{ level: "error", event: "worker", message: record.message, reason: "out of memory", restart_ms: 200 },
  });
});
