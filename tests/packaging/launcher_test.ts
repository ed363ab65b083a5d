import assert from "node:assert/strict";
import { COMMAND_GROUPS } from "../../packaging/bundle.ts";
import { compileLauncher } from "../../packaging/executable.ts";
import { FOOTER_BYTES } from "../../packaging/payload.ts";
import { RUNTIME_FLAGS } from "../../packaging/runtime_flags.ts";
import { type Outcome, report, run, type RunOptions, Workshop } from "./support.ts";

const INCOMPLETE =
  "lvsctl: this executable is incomplete: install it again (strip, or an interrupted copy, cuts off its payload)\n";
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

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

Deno.test("the process is called lvsctl", async () => {
  const { name, firstArgument } = await report([workshop.executable], options);
  assert.equal(name, "lvsctl");
  assert.equal(firstArgument, "lvsctl");
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
  });
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
  for (const length of [size - 1, size - FOOTER_BYTES, size - 10_000_000]) {
    await Deno.truncate(copy, length);
    assert.deepEqual(await run([copy], options), { code: 126, signal: null, stdout: "", stderr: INCOMPLETE });
  }
});

Deno.test("a footer with sizes or a key that cannot be is refused", async () => {
  const launcher = await compileLauncher();
  const footers: [bigint, bigint, bigint, string][] = [
    [2n ** 64n - 1n, 1n, 1n, "0123456789abcdef"],
    [0n, 1n, 2n, "0123456789abcdef"],
    [1n, 1n, 2n, "0123456789abcdef"],
    [1n, 1n, 1n, "../../../../etc/"],
    [1n, 1n, 1n, "0123456789ABCDEF"],
  ];
  for (const [runtimeSize, bundleSize, bootSize, key] of footers) {
    const footer = new Uint8Array(FOOTER_BYTES);
    const view = new DataView(footer.buffer);
    const sizes = [BigInt(launcher.length), runtimeSize, bundleSize, bootSize];
    sizes.forEach((size, index) => view.setBigUint64(index * 8, size, true));
    new TextEncoder().encodeInto(`${key}LVSCTL01`, footer.subarray(32));
    const file = workshop.newPath();
    await Deno.writeFile(file, launcher, { mode: 0o755 });
    await Deno.writeFile(file, new Uint8Array([7, 7, 7, ...footer]), { append: true });
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

Deno.test("a start under ipvsadm's names, and as lvsctl ipvsadm, runs the bundle that is made for it", async () => {
  const base = await workshop.makeCache();
  const directory = await workshop.makeDirectory();
  const moduleOf = async (command: readonly string[]): Promise<string> =>
    (await report(command, { env: { LVSCTL_CACHE_DIR: base } })).module.split("/").at(-1) ?? "";
  for (const name of ["ipvsadm", "ipvsadm-save", "ipvsadm-restore"]) {
    await Deno.symlink(workshop.executable, `${directory}/${name}`);
    assert.equal(await moduleOf([`${directory}/${name}`, "-L"]), "ipvsadm.js", name);
  }
  assert.equal(await moduleOf([workshop.executable, "ipvsadm", "-L"]), "ipvsadm.js");
  assert.equal(await moduleOf([workshop.executable, "doctor", "ipvsadm"]), "lvsctl.js");
  await Deno.symlink(workshop.executable, `${directory}/ipvsadm-else`);
  assert.equal(await moduleOf([`${directory}/ipvsadm-else`, "-L"]), "lvsctl.js");
});

Deno.test("a start of a command that is called in loops runs the bundle that is made for it", async () => {
  const base = await workshop.makeCache();
  const moduleOf = async (...args: string[]): Promise<string> => {
    const { module } = await report([workshop.executable, ...args], { env: { LVSCTL_CACHE_DIR: base } });
    return module.split("/").at(-1) ?? "";
  };
  for (const name of COMMAND_GROUPS.table) assert.equal(await moduleOf(name, "--help"), "table.js", name);
  for (const name of COMMAND_GROUPS.file) assert.equal(await moduleOf(name, "file"), "file.js", name);
  // The first argument decides, as in cli/program.ts: what is not a command's whole name there, is not here.
  for (const args of [[], [""], ["--help"], ["help", "list"], ["--json", "list"], ["lis"], ["list "], ["run"]]) {
    assert.equal(await moduleOf(...args), "lvsctl.js", args.join(" "));
  }
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
