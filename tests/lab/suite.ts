/**
 * The lab's part of a test run: each file of scenarios in a guest of its own, as many guests as there are CPUs, and one
 * more while the CPUs have time left, because many scenarios wait.
 *
 * A file costs about 2 s before its first test: 0.5 s for the guest, 0.3 s for Deno, and 1 s for the 80 MB array that
 * `deno test` fills for each module, since a page fault is dear in a guest. Next to that a warm `DENO_DIR` saves nothing
 * that can be measured, so each guest begins with an empty one.
 *
 * @module
 */
import { type Outcome, outcomeOf } from "../report.ts";
import { denoTest, print, printed, PROGRAM_ENVIRONMENT, ROOT, type Run, run, type Suite } from "../suite.ts";
import { runInGuest } from "./guest.ts";

/** Tests to run, on this machine or in a guest. */
interface Job {
  readonly name: string;
  /** How much there is, which stands for how long it takes. */
  readonly bytes: number;
  readonly run: () => Promise<Run>;
}

/** How often the load of the machine is read; milliseconds. */
const LOOK_MS = 10_000;

/** Whether the processes of the last minute had to wait for a CPU. */
function isBusy(): boolean {
  const [lastMinute = Infinity] = Deno.loadavg();
  return lastMinute > navigator.hardwareConcurrency;
}

/** Jobs of more than two minutes whose size does not tell it. They come first, so that none of them is the last one. */
const LONG = [
  "packages",
  "scenarios/documentation/operate",
  "scenarios/documentation/reference",
  "scenarios/documentation/migrate",
  "scenarios/import_ldirectord_files_1",
  "scenarios/import_ldirectord_files_2",
  "scenarios/signals",
  "scenarios/terminal",
  "scenarios/terminal_views",
  "scenarios/vrrp_directors",
  "scenarios/vrrp_keepalived",
].map((name) => `lab/${name}`);

/** Which generated files are compared: the number of the first one, and how many in each guest. */
const CHOICES = ["LVSCTL_TEST_FIRST_FILE", "LVSCTL_TEST_FILES", "LVSCTL_LAB_SIGNALS", "LVSCTL_LAB_SEED"].flatMap(
  (name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  },
);

/** The environment of tests in a guest. */
const GUEST_ENVIRONMENT: Readonly<Record<string, string>> = {
  ...PROGRAM_ENVIRONMENT,
  LVSCTL_TEST_KERNEL: "real",
  NO_COLOR: "1",
  ...Object.fromEntries(CHOICES),
};

/**
 * The lab: the tests of the guest's runner, which run on this machine; the contract with the real kernel; and the
 * scenarios.
 *
 * @param only run what has one of these words in its name; all, if there are none
 * @returns the suite
 */
export function lab(only: readonly string[]): Suite {
  return async () => {
    const all = [
      hostJob("tests/lab/host"),
      hostJob("tests/lab/packages"),
      ...guestJobs("tests/contract"),
      ...guestJobs("tests/lab/scenarios"),
    ];
    const jobs = all.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)));
    if (jobs.length === 0) {
      print(`\nNo test of the lab has ${only.join(" or ")} in its name: ${all.map(({ name }) => name).join(", ")}\n`);
      return [{ name: `lab ${only.join(" ")}`, passed: 0, failed: 1, seconds: 0 }];
    }
    const stale = LONG.filter((name) => !all.some((job) => job.name === name));
    if (stale.length > 0) throw new Error(`the list of long jobs names ${stale.join(" and ")}, which do not exist`);
    // The last to end should be a small one.
    const rank = ({ name, bytes }: Job): number => (LONG.includes(name) ? Number.MAX_SAFE_INTEGER : bytes);
    const queue = jobs.toSorted((one, other) => rank(other) - rank(one));
    const outcomes: Outcome[] = [];
    const work = async (): Promise<void> => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        outcomes.push(outcomeOf(job.name, await printed(job.name, job.run)));
      }
    };
    /** One more guest at a time, whenever other work leaves a CPU. */
    const workInIdleTime = async (): Promise<void> => {
      while (queue.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const job = isBusy() ? undefined : queue.shift();
        if (job !== undefined) outcomes.push(outcomeOf(job.name, await printed(job.name, job.run)));
      }
    };
    await Promise.all([...Array.from({ length: navigator.hardwareConcurrency }, work), workInIdleTime()]);
    return outcomes;
  };
}

function hostJob(directory: string): Job {
  return { name: jobName(directory), bytes: bytes(directory), run: () => run(denoTest(directory)) };
}

/** A job for each test file below a directory. If there is none, the job for the directory fails. */
function guestJobs(directory: string): readonly Job[] {
  const files = filesBelow(directory).filter((path) => path.endsWith("_test.ts"));
  return (files.length > 0 ? files : [directory]).map((path) => ({
    name: jobName(path),
    bytes: bytes(path),
    run: () => runTestsInGuest(path),
  }));
}

function jobName(path: string): string {
  return path.replace(/^tests\//, "").replace(/^contract/, "lab/contract").replace(/_test\.ts$/, "");
}

function runTestsInGuest(path: string): Promise<Run> {
  return runInGuest(denoTest(path), { cwd: ROOT, env: GUEST_ENVIRONMENT, timeLimitSeconds: 900 });
}

function filesBelow(path: string): readonly string[] {
  return [...Deno.readDirSync(`${ROOT}/${path}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${path}/${name}`) : [`${path}/${name}`]
  );
}

/** The size of a file, or of all below a directory. */
function bytes(path: string): number {
  const { isDirectory, size } = Deno.statSync(`${ROOT}/${path}`);
  return isDirectory ? filesBelow(path).reduce((sum, file) => sum + bytes(file), 0) : size;
}
