import assert from "node:assert/strict";
import { dispatch } from "../../../cli/dispatch.ts";
import { systemIo } from "../../../cli/context/io.ts";
import config from "../../../deno.json" with { type: "json" };

/** Runs a command line of lvsctl. */
async function run(args: readonly string[], write: (text: string) => void): Promise<{ code: number; err: string }> {
  const texts: string[] = [];
  const decoder = new TextDecoder();
  const stream = (take: (text: string) => void): { writeSync(bytes: Uint8Array): number } => ({
    writeSync: (bytes) => {
      take(decoder.decode(bytes));
      return bytes.length;
    },
  });
  const io = systemIo({ stdout: stream(write), stderr: stream((text) => texts.push(text)) });
  const code = await dispatch(args, io, { program: "lvsctl", typed: "lvsctl" });
  return { code, err: texts.join("") };
}

Deno.test("dispatch() prints the version, however it is asked for", async () => {
  for (const args of [["version"], ["--version"], ["-V"], ["--version", "--json"], ["-V", "list"]]) {
    const texts: string[] = [];
    assert.deepEqual(await run(args, (text) => texts.push(text)), { code: 0, err: "" }, args.join(" "));
    assert.equal(texts.join(""), `lvsctl ${config.version}\n`);
  }
});

Deno.test("dispatch() of --version reports a full disk, and says nothing of a reader that has ended", async () => {
  for (const args of [["version"], ["--version", "--json"]]) {
    const full = await run(args, () => {
      throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    });
    assert.equal(full.code, 1, args.join(" "));
    const message = args.length > 1 ? JSON.parse(full.err).error.message : full.err;
    assert.match(message, /^(?:lvsctl: )?Cannot write <stdout>: No space left on device/);
    const ended = await run(args, () => {
      throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
    });
    assert.deepEqual(ended, { code: 0, err: "" });
  }
});

Deno.test("dispatch() repeats no long argument in full, whatever is wrong with it", async () => {
  const long = "1".repeat(100_000);
  const lines = [
    [long],
    ["list", `--${long}`],
    ["list", long],
    ["help", long],
    ["service", "add", `tcp://${long}:80`],
    ["config", "check", `/none/${long}`],
    ["server", "drain", "tcp://192.0.2.1:80", "10.0.0.1", "--timeout", long],
    ["history", long],
    ["undo", long],
  ];
  for (const args of lines) {
    const { code, err } = await run(args, () => {});
    assert.equal(code, 2, args[0]);
    assert.ok(err.length < 3000, `${err.length} characters for ${args.map((arg) => arg.slice(0, 20)).join(" ")}`);
  }
});

Deno.test("dispatch() hands the drop-in's command lines over behind -- too", async () => {
  for (const args of [["ipvsadm", "--version"], ["--", "ipvsadm", "--version"], ["--", "--", "ipvsadm", "--version"]]) {
    const texts: string[] = [];
    assert.deepEqual(await run(args, (text) => texts.push(text)), { code: 0, err: "" }, args.join(" "));
    assert.match(texts.join(""), /^ipvsadm v1\.31 /);
  }
});
