import assert from "node:assert/strict";
import { BUNDLES } from "../../packaging/bundles.ts";
import { compileLauncher } from "../../packaging/executable.ts";
import { footerLength } from "../../packaging/payload.ts";
import { RUN_FLAGS, RUNTIME_FLAGS } from "../../packaging/runtime_flags.ts";
import {
  type Outcome,
  report,
  reportWithComplaint,
  run,
  type RunOptions,
  TEST_BUNDLES,
  TEST_FILES,
  Workshop,
} from "./support.ts";

const INCOMPLETE =
  "lvsctl: this executable is incomplete: install it again (strip, or an interrupted copy, cuts off its payload)\n";
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
/** A user without other processes. */
const LONELY = ["setpriv", "--reuid=64321", "--regid=64321", "--clear-groups"];

let workshop: Workshop;
/** Where all tests of this file let the executable keep its cache. */
let options: RunOptions & { env: Record<string, string> };

Deno.test.beforeAll(async () => {
  workshop = await Workshop.open();
  options = { env: { LVSCTL_CACHE_DIR: await workshop.makeCache() } };
});
Deno.test.afterAll(async () => await workshop[Symbol.asyncDispose]());

Deno.test("the launcher passes each argument on as it is", async () => {
  const cases = [
    [],
    [""],
    ["", "", ""],
    ["--version"],
    ["--help"],
    ["-A", "-V"],
    ["--"],
    ["--", "--", "-x"],
    ["-"],
    ["--v8-flags=--help", "--inspect-brk", "--allow-none", "--unstable"],
    ["run", "eval", "other.js"],
    ["a b", "c\nd", "'\"$HOME`*", "\\"],
    ["\u00fc\u{1f600}"],
    ["x".repeat(100_000)],
  ];
  for (const args of cases) {
    assert.deepEqual((await report([workshop.executable, ...args], options)).args, args);
  }
});

Deno.test("arguments that leave no room for those of the runtime are refused in one line", async () => {
  // With this stack the kernel takes 256 KB of arguments. Each "y" is 10 bytes of it, the runtime's flags are some 400.
  const script = `
    ulimit -s 1024
    for ((count = 25600; count < 26300; count += 30)); do
      "$0" $(yes | head -n $count) > /dev/null || exit
    done`;
  assert.deepEqual(await run(["bash", "-c", script, workshop.executable], options), {
    code: 126,
    signal: null,
    stdout: "",
    stderr: "lvsctl: cannot start: Argument list too long: give it fewer or shorter arguments\n",
  });
});

Deno.test("the launcher passes the exit status on", async () => {
  for (const code of [0, 1, 7, 255]) {
    assert.equal((await run([workshop.executable, "exit", String(code)], options)).code, code);
  }
});

/** Starts the program, waits until it takes signals, sends one, and tells how it ended. */
async function signalled(
  signal: Deno.Signal,
): Promise<{ samePid: boolean; status: Deno.CommandStatus; stdout: string }> {
  await using child = new Deno.Command(workshop.executable, {
    args: ["wait"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    ...options,
  }).spawn();
  await using reader = lines(child.stdout);
  const samePid = await reader.next() === String(child.pid);
  child.kill(signal);
  const stdout = await reader.next();
  const status = await child.status;
  await child.stdin.close();
  return { samePid, status, stdout };
}

/** Reads a stream line by line; an empty line at its end. */
function lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncDisposable & { next(): Promise<string> } {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    async next(): Promise<string> {
      for (;;) {
        const end = rest.indexOf("\n");
        if (end >= 0) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 1);
          return line;
        }
        const { done, value } = await reader.read();
        if (done) return rest;
        rest += value;
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await reader.cancel();
    },
  };
}

Deno.test("the program is the process that was started, and gets its signals", async () => {
  const { samePid, status, stdout } = await signalled("SIGTERM");
  assert.equal(samePid, true);
  assert.equal(stdout, "caught");
  assert.equal(status.code, 7);
});

Deno.test("a signal that ends the program is seen by who started it", async () => {
  assert.equal((await signalled("SIGKILL")).status.signal, "SIGKILL");
  assert.equal((await signalled("SIGINT")).status.signal, "SIGINT");
});

/** Numbers of signals. */
const [SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD] = [1, 10, 12, 15, 17];

/** The numbers among these whose bits are set. */
function numbersIn(bits: string, numbers: readonly number[]): readonly number[] {
  return numbers.filter((number) => (BigInt(`0x${bits}`) >> BigInt(number - 1) & 1n) === 1n);
}

Deno.test("the signals that a daemon will listen for are kept back, and those of another command are not", async () => {
  const numbers = [SIGHUP, SIGUSR1, SIGUSR2, SIGTERM];
  const blocked = async (args: readonly string[]): Promise<readonly number[]> =>
    numbersIn((await report([workshop.executable, ...args], options)).signals.Blk, numbers);
  assert.deepEqual(await blocked(["run", "file"]), [SIGHUP, SIGUSR1, SIGUSR2]);
  assert.deepEqual(await blocked(["apply", "run"]), []);
  assert.deepEqual(await blocked([]), []);
});

Deno.test("signals that the parent blocks or ignores reach the program, but for those that nohup ignores", async () => {
  const through = ["env", "--block-signal", "--ignore-signal=CHLD", "--ignore-signal=HUP"];
  const { signals: { Blk, Ign } } = await report([...through, workshop.executable], options);
  assert.equal(BigInt(`0x${Blk}`), 0n);
  assert.deepEqual(numbersIn(Ign, [SIGHUP, SIGCHLD, SIGTERM]), [SIGHUP]);
});

Deno.test("the process is called lvsctl", async () => {
  const { name, commandLine } = await report([workshop.executable], options);
  assert.equal(name, "lvsctl");
  assert.equal(commandLine[0], "lvsctl");
});

Deno.test("the program learns the name that it was started under, as it was typed", async () => {
  const directory = await workshop.makeDirectory();
  for (const name of ["ipvsadm", "ipvsadm-save", "ipvsadm-restore"]) {
    await Deno.symlink(workshop.executable, `${directory}/${name}`);
    const { environment } = await report([`${directory}/${name}`], options);
    assert.equal(environment["LVSCTL_ARGV0"], `${directory}/${name}`);
  }
});

Deno.test("a name that means something to Deno means nothing here", async () => {
  const directory = await workshop.makeDirectory();
  for (const name of ["dx", "deno", "denort"]) {
    await Deno.link(workshop.executable, `${directory}/${name}`);
    const { environment, args } = await report([`${directory}/${name}`, "run"], options);
    assert.equal(environment["LVSCTL_ARGV0"], `${directory}/${name}`);
    assert.deepEqual(args, ["run"]);
  }
});

Deno.test("the launcher starts with an empty name", async () => {
  const { environment } = await report(["bash", "-c", 'exec -a "" "$0"', workshop.executable], options);
  assert.equal(environment["LVSCTL_ARGV0"], "");
});

Deno.test("no variable that is meant for the runtime gets through", async () => {
  const directory = await workshop.makeDirectory();
  const hostile = {
    COMPLETE: "bash",
    DENO_AUDIT_PERMISSIONS: `${directory}/audit`,
    DENO_CERT: "/nowhere",
    DENO_COVERAGE_DIR: `${directory}/coverage`,
    DENO_DIR: `${directory}/deno`,
    DENO_LOG: "debug",
    DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
    DENO_V8_FLAGS: "--help",
    NODE_CHANNEL_FD: "3",
    NODE_OPTIONS: "--require /nowhere.js",
    NODE_V8_COVERAGE: `${directory}/coverage`,
    NPM_CONFIG_REGISTRY: "nonsense",
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
    RUST_BACKTRACE: "full",
    RUST_LOG: "trace",
    SSLKEYLOGFILE: `${directory}/keys`,
    TOKIO_WORKER_THREADS: "0",
    "npm_config_registry": "nonsense",
  };
  const { environment } = await report([workshop.executable], { env: { ...hostile, ...options.env } });
  for (const [name, value] of Object.entries(hostile)) assert.notEqual(environment[name], value, name);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(directory)), []);
});

Deno.test("the user's variables stay", async () => {
  const own = {
    EMPTY: "",
    FORCE_COLOR: "1",
    HTTPS_PROXY: "http://proxy.example",
    LANG: "C.UTF-8",
    LC_DENO_X: "contains a name",
    LVSCTL_CONFIG: "x=y",
    NO_COLOR: "1",
    TZ: "UTC",
  };
  const { environment } = await report([workshop.executable], { env: { ...own, ...options.env } });
  for (const [name, value] of Object.entries(own)) assert.equal(environment[name], value, name);
});

Deno.test("a locale that ends the runtime is removed, and others stay", async () => {
  const names = ["LC_ALL", "LC_MESSAGES", "LANG"];
  for (const value of ["twelveletters", "9".repeat(400), "x".repeat(12) + "_XX.UTF-8", "en_US." + "8".repeat(100)]) {
    const env = Object.fromEntries(names.map((name) => [name, value]));
    const { environment } = await report([workshop.executable], { env: { ...env, ...options.env } });
    for (const name of names) assert.equal(environment[name], undefined, `${name}=${value}`);
  }
  for (const value of ["C", "POSIX", "", "C.UTF-8", "en_US.UTF-8", "sr_RS.UTF-8@latin", "ca_ES@valencia"]) {
    const { environment } = await report([workshop.executable], { env: { LANG: value, ...options.env } });
    assert.equal(environment["LANG"], value);
  }
});

Deno.test("the launcher adds what is documented and nothing else", async () => {
  const { environment, runtime } = await report([workshop.executable], options);
  assert.deepEqual(environment, {
    ...options.env,
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/proc/none",
    LVSCTL_ARGV0: workshop.executable,
    DENO_DIR: runtime.replace(/\/lvsctl$/, "/deno"),
    DENO_NO_UPDATE_CHECK: "1",
    DENO_NO_PACKAGE_JSON: "1",
    DENO_DISABLE_NODE_SHIM: "1",
    DENO_LOG: "error,deno::cache=off",
    LVSCTL_ALLOCATOR: "MALLOC_MMAP_THRESHOLD_ MALLOC_TRIM_THRESHOLD_",
    MALLOC_MMAP_THRESHOLD_: "8388608",
    MALLOC_TRIM_THRESHOLD_: "33554432",
  });
});

Deno.test("a bundle has the allocator of its row, unless the user says otherwise", async () => {
  const words = ["MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "LVSCTL_ALLOCATOR"] as const;
  const allocatorOf = async (word: string, env: Record<string, string>): Promise<unknown> => {
    const { environment } = await report([workshop.executable, word], { env: { ...options.env, ...env } });
    return words.map((word) => environment[word] ?? "-").join(" ");
  };
  assert.equal(await allocatorOf("run", {}), "1 - - MALLOC_ARENA_MAX");
  assert.equal(
    await allocatorOf("list", { LVSCTL_ALLOCATOR: "PATH" }),
    "- 8388608 33554432 MALLOC_MMAP_THRESHOLD_ MALLOC_TRIM_THRESHOLD_",
  );
  assert.equal(
    await allocatorOf("list", { MALLOC_MMAP_THRESHOLD_: "65536" }),
    "- 65536 33554432 MALLOC_TRIM_THRESHOLD_",
  );
  assert.equal(await allocatorOf("run", { MALLOC_ARENA_MAX: "2", LVSCTL_ALLOCATOR: "PATH" }), "2 - - -");
});

Deno.test("the home directory is handed on where Deno does not look", async () => {
  const env = { ...options.env, HOME: "/home/somebody", LVSCTL_HOME: "a lie" };
  const { environment } = await report([workshop.executable], { env });
  assert.equal(environment["LVSCTL_HOME"], "/home/somebody");
});

Deno.test("files in the working and the home directory change nothing", async () => {
  const directory = await workshop.makeDirectory();
  const intruder = "globalThis.intruder = true;";
  const files: Record<string, string> = {
    ".env": "INTRUDER=1",
    ".npmrc": "registry=::nonsense::\n",
    "deno.json": `{ "imports": { "x": 1 }, broken`,
    "deno.jsonc": `{ broken`,
    "deno.lock": "broken",
    "import_map.json": "broken",
    "lvsctl.js": intruder,
    "package.json": "{ broken",
    "preload.js": intruder,
    "tsconfig.json": "broken",
  };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${directory}/${name}`, text);
  await Deno.mkdir(`${directory}/node_modules`);
  const { globals, environment } = await report([workshop.executable], {
    cwd: directory,
    env: { ...options.env, HOME: directory },
  });
  assert.deepEqual(globals, []);
  assert.equal(environment["INTRUDER"], undefined);
  const left = (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).sort();
  assert.deepEqual(left, [...Object.keys(files), "node_modules"].sort());
});

Deno.test("the program runs in a directory that was removed", async () => {
  const directory = await workshop.makeDirectory();
  const script = `cd "$1" && rmdir "$1" && exec "$0"`;
  assert.deepEqual((await report(["sh", "-c", script, workshop.executable, directory], options)).args, []);
});

Deno.test("the launcher starts with its standard streams closed", async () => {
  const script = `"$0" exit 5 <&- >&- 2>&-`;
  assert.equal((await run(["sh", "-c", script, workshop.executable], options)).code, 5);
  const memory = { env: { LVSCTL_CACHE_DIR: "/proc" } };
  assert.equal((await run(["sh", "-c", script, workshop.executable], memory)).code, 5);
});

Deno.test("the program cannot write to closed standard output, and learns that it was closed from the launcher alone", async () => {
  const { code, stderr } = await run(["sh", "-c", `"$0" >&-`, workshop.executable], options);
  assert.equal(code, 1);
  assert.match(stderr, /No space left on device/);
  const env = { ...options.env, LVSCTL_OUTPUT_CLOSED: "a lie" };
  assert.equal((await report([workshop.executable], { env })).environment["LVSCTL_OUTPUT_CLOSED"], undefined);
});

Deno.test("a limit that is too low for the runtime is named in one line, and leaves no core dump", async () => {
  const limits: readonly (readonly [string, string, number, number])[] = [
    ["-n", "the number of open files", 20, 64],
    ["-s", "the stack", 256, 1024],
    ["-v", "the address space", 4_000_000, 75_497_472],
    ["-d", "the data segment", 100_000, 655_360],
  ];
  for (const [option, what, limit, least] of limits) {
    const script = `ulimit ${option} ${limit}; exec "$0" exit 5`;
    assert.deepEqual(await run(["bash", "-c", script, workshop.executable], options), {
      code: 126,
      signal: null,
      stdout: "",
      stderr: `lvsctl: cannot start: the limit of ${what} is ${limit}, and the program needs ${least}: ` +
        `raise it with ulimit ${option}\n`,
    });
    const enough = `ulimit ${option} ${least}; exec "$0" exit 5`;
    assert.equal((await run(["bash", "-c", enough, workshop.executable], options)).code, 5, enough);
  }
});

Deno.test("a limit of processes that leaves no thread is named in one line", async () => {
  // One more than this user has: the program itself.
  const start = async (limit: number): Promise<Outcome> =>
    await run(
      ["bash", "-c", `ulimit -u ${limit}; exec "$0" "$@"`, ...LONELY, workshop.executable, "exit", "5"],
      options,
    );
  assert.deepEqual(await start(1), {
    code: 126,
    signal: null,
    stdout: "",
    stderr:
      "lvsctl: cannot start: the limit of this user's processes is 1, and all are in use: raise it with ulimit -u\n",
  });
  assert.equal((await start(100)).code, 5);
});

Deno.test("the launcher raises the soft limits of descriptors and of the stack, as far as it may", async () => {
  const script = 'ulimit -Sn 20; ulimit -Ss 256; exec "$0" exit 5';
  assert.equal((await run(["bash", "-c", script, workshop.executable], options)).code, 5);
});

Deno.test("a limit of the size of files ends no start, and the program keeps it", async () => {
  const script = `ulimit -Sf 1; "$0" ${"x".repeat(2000)} >"$1" 2>&1; "$0" exit 5`;
  for (const cache of [workshop.newPath(), "/proc"]) {
    const output = workshop.newPath();
    const { code } = await run(["bash", "-c", script, workshop.executable, output], {
      env: { LVSCTL_CACHE_DIR: cache },
    });
    assert.equal(code, 5, cache);
    // The report is longer than that: its end is missing, but the program was not killed.
    assert.equal((await Deno.stat(output)).size, 1024);
  }
  const hard = await run([...NOBODY, "bash", "-c", 'ulimit -f 1; exec "$0"', workshop.executable], {
    env: { LVSCTL_CACHE_DIR: "/proc" },
  });
  assert.deepEqual([hard.code, hard.stdout], [126, ""]);
  assert.match(
    hard.stderr,
    /^lvsctl: cannot start: the limit of the size of files \(ulimit -f\) is too low to unpack .*\n$/m,
  );
});

Deno.test("the launcher starts with closed streams where there is no /dev", async () => {
  for (const streams of ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]) {
    const script = `mount -t tmpfs tmpfs /dev; "$0" exit 5 ${streams}`;
    const { code } = await run(["unshare", "--mount", "bash", "-c", script, workshop.executable], options);
    assert.equal(code, 5, streams);
  }
});

Deno.test("an executable that lost its payload says so in one line", async () => {
  const copy = workshop.newPath();
  await Deno.copyFile(workshop.executable, copy);
  await run(["strip", copy]);
  assert.ok((await Deno.stat(copy)).size < 10_000_000, "strip left it as it was");
  assert.deepEqual(await run([copy, "--version"], options), {
    code: 126,
    signal: null,
    stdout: "",
    stderr: INCOMPLETE,
  });
});

Deno.test("an executable that was copied in part says so in one line", async () => {
  const copy = workshop.newPath();
  await Deno.copyFile(workshop.executable, copy);
  const { size } = await Deno.stat(copy);
  for (const length of [size - 1, size - footerLength(TEST_FILES), size - 10_000_000]) {
    await Deno.truncate(copy, length);
    assert.deepEqual(await run([copy], options), { code: 126, signal: null, stdout: "", stderr: INCOMPLETE });
  }
});

Deno.test("a footer with sizes, a key or a version that cannot be is refused", async () => {
  const launcher = await compileLauncher();
  const parts = 2 + BUNDLES.length;
  const good = { sizes: Array<bigint>(parts).fill(1n), key: "0123456789abcdef", magic: "LVSCTL05" };
  const withSize = (index: number, size: bigint): typeof good => ({ ...good, sizes: good.sizes.with(index, size) });
  const footers = [
    withSize(0, 2n ** 64n - 1n),
    withSize(parts - 1, 2n ** 64n - 1n),
    { ...withSize(0, 0n), sizes: [0n, 2n, ...good.sizes.slice(2)] },
    withSize(1, 2n),
    { ...good, key: "../../../../etc/" },
    { ...good, key: "0123456789ABCDEF" },
    { ...good, magic: "LVSCTL04" },
  ];
  for (const { sizes, key, magic } of footers) {
    const footer = new Uint8Array(footerLength(BUNDLES.length));
    const view = new DataView(footer.buffer);
    [BigInt(launcher.length), ...sizes].forEach((size, index) => view.setBigUint64(index * 8, size, true));
    new TextEncoder().encodeInto(key + magic, footer.subarray(8 + parts * 8));
    const file = workshop.newPath();
    await Deno.writeFile(file, launcher, { mode: 0o755 });
    await Deno.writeFile(file, new Uint8Array([...new Uint8Array(parts).fill(7), ...footer]), { append: true });
    assert.deepEqual(await run([file], options), { code: 126, signal: null, stdout: "", stderr: INCOMPLETE });
  }
});

Deno.test("the launcher refuses to have more rights than its user", async () => {
  const file = workshop.newPath();
  await Deno.writeFile(file, await compileLauncher());
  await Deno.chmod(file, 0o4755);
  assert.deepEqual(await run([...NOBODY, file], options), {
    code: 126,
    signal: null,
    stdout: "",
    stderr: "lvsctl: cannot run set-user-ID or set-group-ID: remove that mode (chmod ug-s) and start it with sudo\n",
  });
});

/** The bundle that a start runs, by its file's name. */
async function bundleOf(command: readonly string[]): Promise<string | undefined> {
  const { module, environment } = await report(command, options);
  return (environment["LVSCTL_BUNDLE"] ?? module).split("/").at(-1);
}

Deno.test("a program name of a bundle runs that bundle, whatever the arguments are", async () => {
  const directory = await workshop.makeDirectory();
  for (const { name, programNames } of TEST_BUNDLES) {
    for (const programName of programNames) {
      await Deno.symlink(workshop.executable, `${directory}/${programName}`);
      for (const args of [[], ["-L"], ["list"]]) {
        assert.equal(await bundleOf([`${directory}/${programName}`, ...args]), `${name}.js`, programName);
      }
    }
  }
  await Deno.symlink(workshop.executable, `${directory}/ipvsadm-else`);
  assert.equal(await bundleOf([`${directory}/ipvsadm-else`, "-L"]), "lvsctl.js");
});

Deno.test("a first argument of a bundle runs that bundle", async () => {
  for (const { name, firstArguments } of TEST_BUNDLES) {
    for (const word of firstArguments) {
      assert.equal(await bundleOf([workshop.executable, word, "--help"]), `${name}.js`, word);
    }
  }
});

Deno.test("an argument of a bundle that stands alone runs that bundle, and with others the one of the first argument", async () => {
  for (const { name, onlyArguments } of TEST_BUNDLES) {
    for (const word of onlyArguments) {
      assert.equal(await bundleOf([workshop.executable, word]), `${name}.js`, word);
      const first = TEST_BUNDLES.find(({ firstArguments }) => firstArguments.includes(word))?.name ?? "lvsctl";
      assert.equal(await bundleOf([workshop.executable, word, "--help"]), `${first}.js`, word);
    }
  }
});

Deno.test("a command line that no bundle names runs the whole program", async () => {
  // The first argument decides, as in cli/program.ts: what is not a command's whole name there, is not here.
  for (
    const args of [
      ...[[], [""], ["--help"], ["help", "list"], ["--json", "list"], ["lis"], ["list "], ["check"]],
      ["doctor", "ipvsadm"],
    ]
  ) {
    assert.equal(await bundleOf([workshop.executable, ...args]), "lvsctl.js", args.join(" "));
  }
});

Deno.test("a bundle in pieces has them beside it, and without a code cache the whole program runs in its place", async () => {
  for (const { name, apart, firstArguments: [word = ""] } of BUNDLES.filter(({ apart }) => apart.length > 0)) {
    const { module } = await report([workshop.executable, word], options);
    assert.ok(module.endsWith(`/${name}.js`), name);
    const piece = module.replace(/\.js$/, "-piece.js");
    assert.equal(await Deno.readTextFile(piece), `// ${name}`, apart.join(" "));
    assert.equal((await report([workshop.executable, word], options)).bundle, name);
    assert.equal((await report([...NOBODY, workshop.executable, word], options)).bundle, "lvsctl");
    const fromMemory = await reportWithComplaint([workshop.executable, word], {
      env: { LVSCTL_CACHE_DIR: "/proc/no" },
    });
    assert.equal(fromMemory.report.bundle, "lvsctl");
  }
});

Deno.test("a bundle gets its own flags, and keeps its compiled code, only if its row says so", async () => {
  for (const { name, firstArguments, onlyArguments, engine, flags, keepsCode } of BUNDLES) {
    const [word] = [...firstArguments, ...onlyArguments];
    const { module, commandLine } = await report([workshop.executable, ...(word === undefined ? [] : [word])], options);
    assert.equal(module.endsWith(`/${name}.js`), keepsCode, name);
    assert.deepEqual(commandLine.slice(1, commandLine.indexOf(module)), [
      ...RUN_FLAGS,
      engine,
      ...(keepsCode ? flags : []),
    ]);
  }
  // Its flag would be an error of Deno's.
  const extra = await report([workshop.executable, "extra-command"], options);
  assert.match(extra.module, /\/boot\.js$/);
  assert.equal(extra.environment["DENO_DIR"], "/proc/none");
});

/** What a program prints that boot.js starts, as for users without caches of Deno's. */
async function booted(source: string): Promise<Outcome> {
  const bundle = workshop.newPath();
  await Deno.writeTextFile(bundle, source);
  const boot = new URL("../../packaging/boot.js", import.meta.url).pathname;
  return await run([Deno.execPath(), ...RUNTIME_FLAGS, boot, "an argument"], {
    env: { LVSCTL_BUNDLE: bundle, DENO_DIR: "/proc/none", NO_COLOR: "1" },
  });
}

Deno.test("boot.js runs a program as a module runs", async () => {
  const { stdout, stderr } = await booted(`
    const strict = (function () { return this === undefined; })();
    const { basename } = await import("node:path");
    const text = \`\${strict} \${Deno.args} \${basename("/a/b")}\`;
    console.log(text); // the last line may be a comment`);
  assert.equal(stderr, "");
  assert.equal(stdout, "true an argument b\n");
});

Deno.test("boot.js lets an error through, with its place", async () => {
  const { code, stderr } = await booted(`\nfunction break_() { throw new TypeError("broken"); }\nbreak_();`);
  assert.equal(code, 1);
  assert.match(stderr, /TypeError: broken/);
  assert.match(stderr, /at break_ \(lvsctl\.js.*:2:/);
});
