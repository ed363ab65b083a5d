import { strict as assert } from "node:assert";
import { OPTION_ROWS } from "../../../../cli/ipvsadm/parse/options.ts";
import { runIpvsadm } from "../../../../cli/ipvsadm/run.ts";
import { runIpvsadmRestore, runIpvsadmSave } from "../../../../cli/ipvsadm/wrappers.ts";
import type { KernelContext } from "../../../../cli/context/context.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import type { ModuleLoad } from "../../../../core/host/mod.ts";
import { type FamilySocket, openIpvs } from "../../../../core/system/ipvs.ts";
import { Bench, NAMES, type Outcome } from "./fixtures.ts";

async function runWithout(args: readonly string[], error: Error): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const context: KernelContext = {
    io: {
      out: (text) => stdout += text,
      err: (text) => stderr += text,
      control: () => {},
      readStdin: () => "",
      interactive: false,
      confirm: () => false,
    },
    openIpvs: () => Promise.reject(error),
  };
  return { status: await runIpvsadm(args, context, { names: NAMES }), stdout, stderr };
}

/** The error of a kernel that has no IPVS, as core/system/ipvs.ts throws it. */
function errorWithoutIpvs(load: ModuleLoad): LvsctlError {
  const openSocket = (): FamilySocket => ({
    resolveFamily: () => undefined,
    send: () => assert.fail("nothing is sent"),
    receive: () => assert.fail("nothing is received"),
    close: () => {},
    [Symbol.dispose]: () => {},
  });
  try {
    openIpvs({ openSocket, load: () => load }).close();
  } catch (error) {
    if (error instanceof LvsctlError) return error;
    throw error;
  }
  assert.fail("openIpvs() has not failed");
}

const NO_MODULE = errorWithoutIpvs({
  problem: "loading its module failed: modprobe: FATAL: Module ip_vs not found",
  output: "modprobe: FATAL: Module ip_vs not found\n",
});

Deno.test("help and version need no kernel", async () => {
  for (const args of [["-h"], ["--help"], ["-h", "--bogus"]]) {
    const { status, stdout, stderr } = await runWithout(args, NO_MODULE);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^ipvsadm v1\.31 /);
  }
  assert.deepEqual(await runWithout(["-v"], NO_MODULE), {
    status: 0,
    stdout: "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n",
    stderr: "",
  });
});

Deno.test("help names every option", async () => {
  const { stdout } = await runWithout(["--help"], NO_MODULE);
  const missing = OPTION_ROWS.flatMap(({ spellings }) => spellings)
    .flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])])
    .filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(stdout));
  assert.deepEqual(missing, []);
});

Deno.test("without the module everything else says so before the command line is looked at", async () => {
  for (const args of [["-L"], ["--bogus"], []]) {
    assert.deepEqual(await runWithout(args, NO_MODULE), {
      status: 2,
      stdout: "",
      stderr: "modprobe: FATAL: Module ip_vs not found\nCan't initialize ipvs: Protocol not available\n" +
        "Are you sure that IP Virtual Server is built in the kernel or as module?\n",
    });
  }
});

Deno.test("without the module and without modprobe only ipvsadm's own words are printed", async () => {
  const error = errorWithoutIpvs({ problem: "/sbin/modprobe cannot be run", output: "" });
  const { stderr } = await runWithout(["-L"], error);
  assert.equal(
    stderr,
    "Can't initialize ipvs: Protocol not available\n" +
      "Are you sure that IP Virtual Server is built in the kernel or as module?\n",
  );
});

Deno.test("runIpvsadm() prints what to install if libnl is missing", async () => {
  const { status, stderr } = await runWithout(["-L"], new LvsctlError("cannot load it", { hint: "install it" }));
  assert.equal(status, 2);
  assert.match(stderr, /^Can't initialize ipvs: cannot load it; install it\n/);
});

Deno.test("runIpvsadm() throws the errors of bugs", async () => {
  await assert.rejects(runWithout(["-L"], new TypeError("bug")), TypeError);
});

Deno.test("runIpvsadm() has the program's name in its messages", async () => {
  const { stderr } = await new Bench().run(["--bogus"], { program: "/sbin/ipvsadm" });
  assert.equal(stderr, "Try `/sbin/ipvsadm -h' or '/sbin/ipvsadm --help' for more information.\n");
});

Deno.test("a restore runs the lines of a piece before it reads the next piece", async () => {
  const bench = new Bench();
  const seen: number[] = [];
  const input = function* (): Generator<string> {
    for (const piece of ["-A -t 10.0.0.1:1\n-A -t 10.", "0.0.1:2\n", "-A -t 10.0.0.1:3"]) {
      using client = bench.kernel.openClient();
      seen.push(client.services().length);
      yield piece;
    }
  };
  const { status, stderr } = await bench.run(["-R"], { input: input() });
  assert.deepEqual([status, stderr, seen], [0, "", [0, 1, 2]]);
  using client = bench.kernel.openClient();
  assert.equal(client.services().length, 3);
});

Deno.test("a restore sends the changes of many lines together", async () => {
  const bench = new Bench();
  const lines = Array.from({ length: 500 }, (_, index) => `-A -f ${index + 1}\n`);
  const { status } = await bench.run(["-R"], { input: [lines.join("")] });
  using client = bench.kernel.openClient();
  assert.deepEqual([status, client.services().length], [0, 500]);
});

Deno.test("-R ends at a line without an end, before it fills the memory", async () => {
  const bench = new Bench();
  let pieces = 0;
  function* input(): Generator<string> {
    yield "-A -t 10.0.0.1:80\n";
    for (;; pieces++) yield "\0".repeat(64 * 1024);
  }
  const { status, stderr } = await bench.run(["-R"], { input: input() });
  assert.deepEqual({ status, stderr, pieces }, { status: 2, stderr: "line 2: the line is too long\n", pieces: 16 });
});

Deno.test("runIpvsadmSave() and runIpvsadmRestore() print and restore rules, and number lines with comments", async () => {
  const bench = new Bench();
  let stdout = "";
  let stderr = "";
  const context: KernelContext = {
    io: {
      out: (text) => stdout += text,
      err: (text) => stderr += text,
      control: () => {},
      readStdin: () => "# rules\n-A -t 10.0.0.1:80 -s rr\n\n-A -t 10.0.0.1:80\n",
      interactive: false,
      confirm: () => false,
    },
    openIpvs: () => Promise.resolve(bench.kernel.openClient()),
  };
  await bench.run(["-A", "-f", "5"]);
  assert.equal(await runIpvsadmRestore([], context, { names: NAMES }), 255);
  assert.equal(stderr, "line 4: Service already exists\n");
  assert.equal(await runIpvsadmSave([], context, { names: NAMES }), 0);
  assert.equal(await runIpvsadmSave(["-n"], context, { names: NAMES }), 0);
  assert.equal(stdout, "-A -t web.example:http -s rr\n-A -t 10.0.0.1:80 -s rr\n");
  assert.equal(await runIpvsadmSave(["--help"], context, { names: NAMES }), 1);
});

Deno.test("lists have 64-bit counters of services and servers", async () => {
  const bench = new Bench();
  await bench.run(["-R"], { input: ["-A -t 10.0.0.1:81\n-a -t 10.0.0.1:81 -r 10.1.0.1 -m\n"] });
  // ipvsadm 1.31 shows 705032704 connections of the server.
  bench.kernel.setTraffic([5_000_000_000n, 1n, 2n, 3n, 4n, 5n, 6_000_000_000n, 7n, 8n, 9n]);
  const { stdout } = await bench.run(["-L", "-n", "--stats", "--exact"]);
  assert.deepEqual(stdout.split("\n").slice(3, 5), [
    "TCP  10.0.0.1:81                  5000000000        1        2        3        4",
    "  -> 10.1.0.1:81                  5000000000        1        2        3        4",
  ]);
  const rates = await bench.run(["-L", "-n", "--rate"]);
  assert.deepEqual(rates.stdout.split("\n").slice(3, 5), [
    "TCP  10.0.0.1:81                         5    6000M        7        8        9",
    "  -> 10.1.0.1:81                         5 6000000000        7        8        9",
  ]);
});

Deno.test("lists of timeouts and daemons report the kernel's refusal", async () => {
  for (const option of ["--timeout", "--daemon"]) {
    const bench = new Bench();
    // The first answer is the kernel's version.
    bench.kernel.faults.failReceive(2, 12);
    const { status, stdout, stderr } = await bench.run(["-L", option]);
    assert.deepEqual([status, stdout, stderr], [1, "", "Memory allocation problem\n"]);
  }
});
