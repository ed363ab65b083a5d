/**
 * `deno task fuzz`: gives every reader of untrusted input random inputs, and reports those that break its contract.
 *
 * @module
 */
import { readCorpus, writeFinding } from "./corpus.ts";
import { type Finding, Inputs, type TargetResult } from "./fuzzer.ts";
import { CURRENT, type FuzzJob, type TargetJob, type WorkerMessage } from "./job.ts";
import { type FuzzArguments, parseArguments, USAGE } from "./options.ts";
import { TARGETS } from "./targets.ts";

/** Directory of the inputs of findings. */
const OUTPUT = new URL("../../dist/fuzz", import.meta.url).pathname;

/** Time without a new input after which the present one counts as endless; milliseconds. */
const ENDLESS_MS = 60_000;

function print(text: string): void {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

/** The targets of a run, with their shares of the time. */
function targetJobs({ names, limitMs, maxInputs }: FuzzArguments): readonly TargetJob[] {
  const shares = names.map((name) => TARGETS[name]?.share ?? 0);
  const sum = shares.reduce((all, share) => all + share, 0);
  return names.map((name, index) => ({ name, limitMs: limitMs * (shares[index] ?? 0) / sum, maxInputs }));
}

/** Runs the worker, and ends it if an input is endless. */
function runWorker(job: FuzzJob, onResult: (result: TargetResult) => Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
  const current = new Int32Array(job.progress);
  let reports = Promise.resolve();
  let [beats, since] = [-1, performance.now()];
  const timer = setInterval(() => {
    if (current[CURRENT.beats] !== beats) [beats, since] = [current[CURRENT.beats] ?? 0, performance.now()];
    else if (performance.now() - since > ENDLESS_MS) {
      end();
      reports.then(() => onResult(endlessResult(job))).then(resolve, reject);
    }
  }, 1000);
  const { port1: port, port2 } = new MessageChannel();
  const end = (): void => {
    clearInterval(timer);
    port.close();
    worker.terminate();
  };
  port.onmessage = ({ data }: MessageEvent<WorkerMessage>): void => {
    if (data.kind === "result") reports = reports.then(() => onResult(data.result));
    else {
      end();
      if (data.kind === "end") reports.then(resolve, reject);
      else reject(new Error(data.text));
    }
  };
  worker.onerror = (event): void => {
    end();
    reject(new Error(event.message));
  };
  worker.postMessage(job, [port2]);
  return promise;
}

/** The result of a target whose present input does not end; the input is made again from its number. */
function endlessResult({ seed, targets, progress }: FuzzJob): TargetResult {
  const current = new Int32Array(progress);
  const name = targets[current[CURRENT.target] ?? 0]?.name ?? "";
  const target = TARGETS[name]?.make();
  const number = current[CURRENT.input] ?? 0;
  const input = target === undefined
    ? new Uint8Array()
    : new Inputs(target, { seed, corpus: readCorpus(name) }).at(number);
  const finding: Finding = { target: name, input, problem: `it does not end within ${ENDLESS_MS / 1000} s` };
  return { target: name, inputs: number + 1, durationMs: 0, slowestMs: ENDLESS_MS, findings: [finding] };
}

function row(...columns: readonly (string | number)[]): string {
  return `${
    columns.map((column, index) => index === 0 ? `${column}`.padEnd(16) : `${column}`.padStart(12)).join("")
  }\n`;
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, { targets: Object.keys(TARGETS), randomSeed: Date.now() % 2 ** 31 });
  if (typeof options === "string") {
    print(`${options}\n${USAGE}`);
    return 2;
  }
  const { seed, first } = options;
  print(`seed ${seed}\n${row("target", "inputs", "seconds", "slowest ms", "findings")}`);
  let [passed, failed, inputs] = [0, 0, 0];
  const job = { seed, first, targets: targetJobs(options), progress: new SharedArrayBuffer(4 * CURRENT.length) };
  await runWorker(job, async (result) => {
    const { target, durationMs, slowestMs, findings } = result;
    inputs += result.inputs;
    if (findings.length === 0) passed++;
    else failed++;
    print(row(target, result.inputs, (durationMs / 1000).toFixed(1), Math.round(slowestMs), findings.length));
    for (const finding of findings) {
      print(`\n${await writeFinding(OUTPUT, finding)}\n${finding.problem}\n\n`);
    }
  });
  print(row("all", inputs, "", "", ""));
  if (failed > 0) print(`Move the files to tests/fuzz/corpus when the findings are fixed: they are replayed first.\n`);
  print(`${failed === 0 ? "ok" : "FAILED"} | ${passed} passed | ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
