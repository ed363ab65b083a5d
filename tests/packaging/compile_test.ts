import assert from "node:assert/strict";
import { StubServer, zipOf } from "./stub_server.ts";
import { run, type RunOptions } from "./support.ts";

const COMPILE = new URL("../../packaging/compile.ts", import.meta.url).pathname;
const DENO = Deno.execPath();
const STUB_PATH = `/release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
const UNREACHABLE =
  "Deno's runtime stub is not on this machine, and dl.deno.land cannot be reached: tcp connect error: Connection refused (os error 111)";

let directory: string;

Deno.test.beforeAll(async () => {
  directory = await Deno.makeTempDir({ prefix: "lvsctl-test-" });
  await Deno.writeTextFile(
    `${directory}/main.ts`,
    "const word: string = Deno.args.join();\nconsole.log(`says ${word}`);",
  );
});
Deno.test.afterAll(async () => await Deno.remove(directory, { recursive: true }));

/** Runs packaging/compile.ts as `deno task compile` does, on a machine without Deno's runtime stub and network. */
async function compile(args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof run> {
  const closed = { HTTPS_PROXY: "http://127.0.0.1:1", DENO_NO_UPDATE_CHECK: "1" };
  const options: RunOptions = {
    cwd: directory,
    env: { DENO_DIR: `${directory}/deno`, NO_COLOR: "1", ...closed, ...env },
  };
  return await run([DENO, "run", "--allow-all", "--no-check", "--cached-only", COMPILE, ...args], options);
}

/** How `compile` must have failed, having changed nothing. */
async function assertRefused(
  args: readonly string[],
  expected: { code?: number; message: string | RegExp; env?: Record<string, string> },
): Promise<void> {
  const output = `${directory}/kept`;
  await Deno.writeTextFile(output, "as it was");
  const { code, stdout, stderr } = await compile([`--output=${output}`, ...args], expected.env);
  assert.equal(stdout, "");
  if (typeof expected.message === "string") assert.equal(stderr, `compile: ${expected.message}\n`);
  else assert.match(stderr, expected.message);
  assert.equal(code, expected.code ?? 1);
  assert.equal(await Deno.readTextFile(output), "as it was");
  await Deno.remove(output);
  await assertNoLeftovers();
}

async function digest(file: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(file)));
}

async function assertNoLeftovers(): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(names.filter((name) => name.startsWith(".")), []);
}

/** Asserts that `compile` was done, and returns why it made the kind that it made. */
function assertMade({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>, kind: string): string {
  assert.equal(stderr, "");
  assert.equal(code, 0);
  const [, made, reason = ""] = /^\S+: ([a-z-]+), Deno [0-9.]+, [0-9]+\.[0-9] MB: (.+)\n$/.exec(stdout) ?? [];
  assert.equal(made, kind, stdout);
  return reason;
}

Deno.test("compile builds a launcher without a runtime stub, and prints the reason in one line", async () => {
  assert.equal(assertMade(await compile(["--output=out/a", "main.ts"]), "launcher"), UNREACHABLE);
  const env = { LVSCTL_CACHE_DIR: `${directory}/cache` };
  assert.equal((await run([`${directory}/out/a`, "x", "--", "-y"], { env })).stdout, "says x,--,-y\n");
});

Deno.test("compile gives the same bytes for the same input, and replaces what runs", async () => {
  const before = await digest(`${directory}/out/a`);
  using running = await Deno.open(`${directory}/out/a`);
  const { ino } = await running.stat();
  const again = await compile(["--kind=launcher", "--output=out/a", "main.ts"]);
  assert.equal(assertMade(again, "launcher"), "--kind selects it");
  assert.notEqual((await Deno.stat(`${directory}/out/a`)).ino, ino);
  assert.deepEqual(await digest(`${directory}/out/a`), before);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${directory}/out`), ({ name }) => name), ["a"]);
});

Deno.test("compile uses deno compile where the runtime stub is named", async () => {
  // The real stub is not available here; any executable shows that Deno takes it and appends the program.
  const made = await compile(["--output=out/b", "main.ts"], { DENORT_BIN: DENO });
  assert.equal(assertMade(made, "deno-compile"), "Deno's runtime stub is in DENORT_BIN");
  const text = new TextDecoder("latin1").decode(await Deno.readFile(`${directory}/out/b`));
  assert.match(text, /console\.log\(`says \$\{\w+\}`\)/);
  await Deno.remove(`${directory}/out/b`);
});

Deno.test("compile downloads the runtime stub where it can, and finds it in Deno's cache the next time", async () => {
  // A small program in place of the real stub, which is not available here.
  const zip = zipOf("denort", await Deno.readFile("/bin/true"));
  await using server = await StubServer.open(directory, () => new Response(zip));
  const env = { ...server.env, DENO_DIR: `${directory}/deno-with-stub` };
  const made = await compile(["--output=out/c", "main.ts"], env);
  assert.equal(assertMade(made, "deno-compile"), "Deno's runtime stub was downloaded");
  assert.equal((await run([`${directory}/out/c`])).code, 0);
  const requests = [...server.requests];
  assert.equal(requests[0], `HEAD ${STUB_PATH}`);
  assert.ok(requests.includes(`GET ${STUB_PATH}`));
  const again = await compile(["--output=out/c", "main.ts"], env);
  assert.equal(assertMade(again, "deno-compile"), "Deno's runtime stub is in Deno's cache");
  assert.deepEqual(server.requests, requests);
  await Deno.remove(`${directory}/out/c`);
});

Deno.test("compile does not use the network with --download=0", async () => {
  await using server = await StubServer.open(directory, () => new Response());
  const made = await compile(["--download=0", "--output=out/a", "main.ts"], server.env);
  const reason = "Deno's runtime stub is not on this machine, and --download=0 disables the download";
  assert.equal(assertMade(made, "launcher"), reason);
  assert.deepEqual(server.requests, []);
});

Deno.test("compile builds a launcher if the network does not have the runtime stub", async () => {
  await using server = await StubServer.open(directory, () => new Response(null, { status: 404 }));
  const made = await compile(["--output=out/a", "main.ts"], server.env);
  const reason = "Deno's runtime stub is not on this machine, and dl.deno.land does not have the stub: status 404";
  assert.equal(assertMade(made, "launcher"), reason);
});

Deno.test("compile does not wait longer than it may for a network that does not answer", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const env = { HTTPS_PROXY: `http://127.0.0.1:${silent.addr.port}` };
  const made = await compile(["--download=1", "--output=out/a", "main.ts"], env);
  const reason = "Deno's runtime stub is not on this machine, and dl.deno.land cannot be reached: no answer in time";
  assert.equal(assertMade(made, "launcher"), reason);
});

Deno.test("compile does not wait longer than it may for a download that does not end", async () => {
  const stalled = (): ReadableStream => new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) });
  await using server = await StubServer.open(directory, ({ method }) => {
    return method === "HEAD" ? new Response() : new Response(stalled());
  });
  const made = await compile(["--download=1", "--output=out/a", "main.ts"], server.env);
  const reason = 'Deno\'s runtime stub is not on this machine, and "deno compile" did not end in time';
  assert.equal(assertMade(made, "launcher"), reason);
});

Deno.test("compile makes no other kind than the one that is asked for", async () => {
  await assertRefused(["--kind=deno-compile", "main.ts"], {
    message: `Cannot run deno compile: ${UNREACHABLE}`,
  });
});

Deno.test("compile reports a runtime stub that cannot be used", async () => {
  await assertRefused(["main.ts"], {
    env: { DENORT_BIN: "/nowhere/denort" },
    message: /^compile: "deno compile" failed: .+\n$/,
  });
});

Deno.test("compile names the packages of the C compiler", async () => {
  await assertRefused(["--kind=launcher", "main.ts"], {
    env: { PATH: "/nowhere" },
    message: "Cannot run cc: install the packages gcc and libc6-dev",
  });
});

Deno.test("compile reports in one line what is wrong with the program", async () => {
  await Deno.writeTextFile(`${directory}/broken.ts`, "const = 1;");
  await assertRefused(["broken.ts"], {
    message: /^compile: Cannot bundle \S+\/broken\.ts: \S+broken\.ts:1: Expected identifier but found "="\n$/,
  });
});

Deno.test("compile refuses arguments that it does not know", async () => {
  for (const arg of ["--kind=other", "--kind", "--download", "--download=-1", "--download=x", "--output=", "-x", ""]) {
    const escaped = arg.replace(/[=-]/g, "\\$&");
    await assertRefused([arg], { code: 2, message: new RegExp(`^compile: unknown argument "${escaped}"\nUsage: `) });
  }
  await assertRefused(["main.ts", "main.ts"], { code: 2, message: /^compile: unknown argument "main\.ts"\nUsage: / });
});

Deno.test("compile --help prints its usage", async () => {
  const { code, stdout } = await compile(["--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: deno task compile /);
});

Deno.test("compile: parts of another architecture need the launcher, and are looked for", async () => {
  const { code, stderr } = await compile(["--runtime=deno", `--output=${directory}/none`]);
  assert.equal(code, 2);
  assert.match(stderr, /^compile: --runtime and --compiler need --kind=launcher\n/);
  await assertRefused(["--kind=launcher", "--compiler=no-such-cc", "main.ts"], {
    message: /^compile: Cannot run no-such-cc: it is not installed\n$/,
  });
  await assertRefused(["--kind=launcher", "--runtime=main.ts", "main.ts"], {
    message: /^compile: Cannot use main.ts as the runtime: it is not an executable\n$/,
  });
});
