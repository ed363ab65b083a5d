/**
 * Fuzzes targets in a thread of its own, so that the main thread notices an input that never ends.
 *
 * @module
 */
import { readCorpus } from "./corpus.ts";
import { fuzz } from "./fuzzer.ts";
import { CURRENT, type FuzzJob, type WorkerMessage } from "./job.ts";
import { TARGETS } from "./targets.ts";

async function work(
  { seed, first, targets, progress }: FuzzJob,
  post: (message: WorkerMessage) => void,
): Promise<void> {
  const current = new Int32Array(progress);
  for (const [index, { name, limitMs, maxInputs }] of targets.entries()) {
    const target = TARGETS[name]?.make();
    if (target === undefined) throw new Error(`Cannot fuzz ${name}: there is no such target`);
    current[CURRENT.target] = index;
    const result = await fuzz(target, {
      seed,
      first,
      corpus: readCorpus(name),
      limitMs,
      maxInputs: maxInputs ?? Infinity,
      onInput: (number) => {
        current[CURRENT.input] = number;
        Atomics.add(current, CURRENT.beats, 1);
      },
    });
    await target.close?.();
    post({ kind: "result", result });
  }
  post({ kind: "end" });
}

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  const job: FuzzJob = event.data;
  const post = (message: WorkerMessage): void => event.ports[0]?.postMessage(message);
  work(job, post).catch((error) =>
    post({ kind: "error", text: error instanceof Error ? `${error.stack}` : `${error}` })
  );
});
