import assert from "node:assert/strict";
import { type Io, systemIo } from "../../../../cli/context/io.ts";
import { runIpvsadm } from "../../../../cli/ipvsadm/mod.ts";
import { run } from "../../../../cli/run_command_line.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { testContext } from "../../../support/context.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import type { MemoryKernel } from "../../../support/memory_kernel.ts";
import { MemoryRealServer } from "../../../support/memory_real_server.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";

/** The errors of a standard output that cannot be written, and their texts. */
const ERRORS = [
  [
    () => Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" }),
    "No space left on device (ENOSPC)",
  ],
  [() => Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" }), "Input/output error (EIO)"],
  [
    () => Object.assign(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"), { code: "EPIPE" }),
    "Broken pipe (EPIPE)",
  ],
] as const;

function servicesOf(kernel: MemoryKernel): number {
  using client = kernel.openClient();
  return client.services().length;
}

const SERVICE = "tcp://192.0.2.10:80";

/** Streams whose standard output cannot be written. */
function lossyIo(error: () => Error): { readonly io: Io; readonly printed: () => string } {
  let err = "";
  const stdout = {
    writeSync: () => {
      throw error();
    },
  };
  const stderr = {
    writeSync: (bytes: Uint8Array) => {
      err += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  return { io: systemIo({ stdout, stderr }), printed: () => err };
}

/** Runs a command line whose standard output cannot be written. */
async function lvsctl(
  line: string,
  { error, kernel }: { readonly error: () => Error; readonly kernel: MemoryKernel },
): Promise<{ readonly code: number; readonly err: string }> {
  const { io, printed } = lossyIo(error);
  using realServer = new MemoryRealServer({});
  const routes = new MemoryRoutes();
  const code = await run(testContext(io, {
    args: line.split(" "),
    openIpvs: () => Promise.resolve(kernel.openClient()),
    openVips: () => Promise.resolve(routes.openClient()),
    openRealServer: () => Promise.resolve(realServer.access()),
  }));
  return { code, err: printed() };
}

/** A kernel with one service and one server. */
async function filledKernel(): Promise<MemoryKernel> {
  const kernel = memoryKernel({});
  const error = ERRORS[0][0];
  for (const line of [`service add ${SERVICE}`, `server add ${SERVICE} 10.0.0.11`]) {
    assert.deepEqual(await lvsctl(line, { error, kernel }), { code: 0, err: "" });
  }
  return kernel;
}

Deno.test("a command that changed something keeps its status if its result cannot be printed", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, `version: 1\nservices: [{ listen: "tcp://192.0.2.11:80", servers: [10.0.0.12] }]\n`);
    const lines = [
      `apply ${file}`,
      `restore ${file} --yes --json`,
      "service add tcp://192.0.2.12:80 --json",
      `service edit ${SERVICE} --scheduler rr --json`,
      `service delete ${SERVICE} --json`,
      `server add ${SERVICE} 10.0.0.13 --json`,
      `server weight ${SERVICE} 10.0.0.11 3 --json`,
      `server maint ${SERVICE} 10.0.0.11 --json`,
      `check ${file} --apply --state ${file}.state`,
      `server drain ${SERVICE} 10.0.0.11 --timeout 0s`,
      "timeouts --tcp 10m --json",
      "sync start master --interface eth0 --sync-id 1 --json",
      "vip add 192.0.2.10/24 --device eth0 --announce-count 0 --json",
      "realserver setup 192.0.2.10 --forward dr --json",
      "zero --json",
      "flush --yes --json",
    ];
    for (const [error, text] of ERRORS) {
      for (const line of lines) {
        const { code, err } = await lvsctl(line, { error, kernel: await filledKernel() });
        const lost = `lvsctl: warning: Cannot write <stdout>: ${text}; the exit status reports the changes\n`;
        // Warnings about the table itself, as about a service without servers, come first.
        assert.deepEqual({ code, err: err.slice(-lost.length) }, { code: 0, err: lost }, line);
      }
    }
  } finally {
    for (const name of ["", ".state", ".state.lock"]) await Deno.remove(`${file}${name}`).catch(() => {});
  }
});

Deno.test("a change that fails keeps its own status if standard output cannot be written", async () => {
  const { code, err } = await lvsctl(`service add ${SERVICE} --json`, {
    error: ERRORS[0][0],
    kernel: await filledKernel(),
  });
  assert.equal(code, EXIT.refused);
  const { message, status } = JSON.parse(err).error;
  assert.equal(status, code);
  assert.match(message, /^Cannot add virtual service tcp:\/\/192\.0\.2\.10:80: it exists already \(EEXIST\); /);
});

Deno.test("a command that only prints fails if it cannot, and stays quiet if its reader has ended", async () => {
  const lines = ["list", "save", "version", "help", "timeouts", "zero --dry-run", "config schema"];
  for (const line of lines) {
    const kernel = await filledKernel();
    for (const [error, text] of ERRORS.slice(0, 2)) {
      const hint = "redirect standard output to a terminal, or to a file that has space";
      const expected = { code: 1, err: `lvsctl: Cannot write <stdout>: ${text}; ${hint}\n` };
      assert.deepEqual(await lvsctl(line, { error, kernel }), expected, line);
    }
    assert.deepEqual(await lvsctl(line, { error: ERRORS[2][0], kernel }), { code: 0, err: "" }, line);
  }
});

Deno.test("a dry run changes nothing, so it fails as other commands that only print", async () => {
  const kernel = await filledKernel();
  const { code } = await lvsctl("flush --dry-run", { error: ERRORS[0][0], kernel });
  assert.deepEqual([code, servicesOf(kernel)], [1, 1]);
});

Deno.test("the drop-in's restore runs every line even if a list in it cannot be printed", async () => {
  for (const [error] of ERRORS) {
    const kernel = memoryKernel({});
    const input = ["-A -f 1\n-L -n\n", "-A -f 2\n-L -n\n", "-A -f 3\n"];
    const { io, printed } = lossyIo(error);
    const context = { io, openIpvs: () => Promise.resolve(kernel.openClient()) };
    assert.equal(await runIpvsadm(["-R"], context, { input }), 0);
    assert.equal(servicesOf(kernel), 3);
    assert.match(printed(), /^lvsctl: warning: Cannot write <stdout>: .*; the exit status reports the changes\n$/);
  }
});

Deno.test("a monitoring plugin whose line cannot be printed is unknown, and says why on standard error", async () => {
  for (const line of ["status nope! --format nagios", "status --format nagios --warning x"]) {
    const { code, err } = await lvsctl(line, { error: ERRORS[0][0], kernel: memoryKernel({}) });
    assert.equal(code, 3, line);
    assert.match(err, /^UNKNOWN - [^\n]+\n$/);
  }
});
