import assert from "node:assert/strict";
import { BackgroundProcess } from "../background_process.ts";
import { runInGuest } from "../guest.ts";

const GUEST = new URL("../guest", import.meta.url).pathname;
const GUEST_MODULE = new URL("../guest.ts", import.meta.url).href;

/** The processes of this machine that have a word on their command line. */
function processesWith(word: string): readonly string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(word);
    } catch {
      return false; // It has ended since.
    }
  });
}

async function assertSoon(holds: () => boolean, message: string): Promise<void> {
  const deadline = performance.now() + 3000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, message);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A word for a guest's command line by which its processes are known. */
function newMark(): string {
  return `MARK=${crypto.randomUUID()}`;
}

Deno.test("runInGuest() gives the command's exit code, output, input, environment and directory", async () => {
  const result = await runInGuest(["sh", "-c", 'cat; pwd; echo "$A b" >&2; exit 7'], {
    stdin: "what is\nread\n",
    env: { A: "it's 'quoted'" },
    cwd: "/usr/share",
  });
  assert.deepEqual(result, { code: 7, stdout: "what is\nread\n/usr/share\n", stderr: "it's 'quoted' b\n" });
});

Deno.test("runInGuest() carries megabytes of output unchanged", async () => {
  const { code, stdout } = await runInGuest(["seq", "1", "400000"]);
  assert.equal(code, 0);
  assert.equal(stdout, Array.from({ length: 400_000 }, (_, i) => `${i + 1}\n`).join(""));
});

Deno.test("runInGuest() lets the guest write to the directories it is given, and to no other", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${directory}/open place`);
    const script = "echo in >'open place/file'; touch closed || touch /usr/closed";
    const writable = [`${directory}/open place`];
    const { code, stderr } = await runInGuest(["sh", "-c", script], { cwd: directory, writable });
    assert.equal(code, 1);
    assert.match(stderr, /closed': Read-only file system\n.*\/usr\/closed': Read-only file system/);
    assert.equal(await Deno.readTextFile(`${directory}/open place/file`), "in\n");
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["open place"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("runInGuest() runs guests side by side", async () => {
  const results = await Promise.all([1, 2, 3].map((n) => runInGuest(["sh", "-c", `sleep 0.5; echo ${n}; exit ${n}`])));
  assert.deepEqual(results, [1, 2, 3].map((n) => ({ code: n, stdout: `${n}\n`, stderr: "" })));
});

Deno.test("runInGuest() kills the guest at its time limit", async () => {
  const begin = performance.now();
  const { code, stderr } = await runInGuest(["sleep", "60"], { timeLimitSeconds: 1 });
  assert.deepEqual({ code, stderr }, { code: 124, stderr: "guest: time limit of 1 s reached, guest killed\n" });
  assert.ok(performance.now() - begin < 5000);
});

Deno.test("runInGuest() does not wait for what the command left running", async () => {
  const { code, stdout } = await runInGuest(["sh", "-c", "sleep 60 & setsid sleep 60 & echo done"], {
    timeLimitSeconds: 10,
  });
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "done\n" });
});

Deno.test("runInGuest() can give a kernel that loads IPVS when it is asked for, or that cannot", async () => {
  const script = "grep -c ip_vs /proc/modules; ipvsadm -A -t 192.0.2.10:80 -s rr && ipvsadm -Sn";
  const loadable = await runInGuest(["sh", "-c", script], { ipvs: "loadable" });
  assert.deepEqual(loadable, { code: 0, stdout: "0\n-A -t 192.0.2.10:80 -s rr\n", stderr: "" });
  const missing = await runInGuest(["sh", "-c", script], { ipvs: "missing" });
  assert.equal(missing.stdout, "0\n");
  assert.match(missing.stderr, /Can't initialize ipvs/);
});

Deno.test("the guest's runner refuses what it cannot do, with a reason", async () => {
  const missing = await runInGuest(["true"], { writable: ["/nonexistent"] });
  assert.deepEqual(missing, { code: 126, stdout: "", stderr: "guest: no such directory: '/nonexistent'\n" });
  const empty = await runInGuest(["true"], { writable: [""] });
  assert.deepEqual(empty, { code: 126, stdout: "", stderr: "guest: no such directory: ''\n" });
  const dead = await runInGuest(["true"], { memory: "1M" });
  assert.equal(dead.code, 125);
  assert.match(dead.stderr, /guest: ended without a result.*console:\n.*Too few physical memory/s);
});

for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130], ["SIGKILL", 137]] as const) {
  Deno.test(`the guest goes when its runner is ended by ${signal}`, async () => {
    const mounts = Deno.readTextFileSync("/proc/self/mounts");
    const mark = newMark();
    await using runner = BackgroundProcess.start([GUEST, "--kernel-argument", mark, "sh", "-c", "echo up; sleep 60"]);
    await runner.untilOutput(/up/);
    assert.ok(processesWith(mark).length > 3);
    runner.signal(signal);
    assert.equal(await runner.finished(), code);
    // It waits for that itself, unless it cannot.
    if (signal !== "SIGKILL") assert.deepEqual(processesWith(mark), []);
    await assertSoon(() => processesWith(mark).length === 0, `still there: ${processesWith(mark)}`);
    assert.equal(Deno.readTextFileSync("/proc/self/mounts"), mounts);
  });
}

Deno.test("the guest goes when the process that called runInGuest() is killed", async () => {
  const mark = newMark();
  const script = `const { runInGuest } = await import(${JSON.stringify(GUEST_MODULE)});
    await runInGuest(["sh", "-c", "echo up; sleep 60"], { stream: true, env: { MARK: "${mark}" } });`;
  await using caller = BackgroundProcess.start([Deno.execPath(), "eval", script]);
  await caller.untilOutput(/up/);
  assert.ok(processesWith(mark).length > 3);
  caller.signal("SIGKILL");
  await assertSoon(() => processesWith(mark).length === 0, `still there: ${processesWith(mark)}`);
});
