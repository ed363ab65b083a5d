import assert from "node:assert/strict";
import { readDaemonState } from "../../../../cli/daemon/state_file.ts";
import { readOverrides } from "../../../../cli/state/override_file.ts";
import { RealServerFile } from "../../../../cli/state/realserver_file.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { makeFifo, makeSpecialFiles } from "../../../support/special_files.ts";

const STREAM = "to read a stream, write - and redirect standard input";

Deno.test("commands that take a file refuse special files at once", async () => {
  await using files = await makeSpecialFiles();
  const kernel = memoryKernel({});
  const lines = ["plan", "apply --yes", "restore", "check", "config check", "doctor", "import keepalived"];
  for (const line of lines) {
    const answer = (path: string, reason: string) => ({
      code: 2,
      out: "",
      err: `lvsctl: Cannot read ${path}: ${reason}; ${STREAM}\n`,
    });
    for (
      const [path, reason] of [
        [files.fifo, "it is a named pipe, not a regular file"],
        [files.linkToFifo, "it is a named pipe, not a regular file"],
        [files.socket, "it is a socket, not a regular file"],
        ["/dev/zero", "it is a device, not a regular file"],
        ["/proc/kmsg", "it is a file of the kernel without a size"],
      ] as const
    ) {
      const printed = await lvsctl(`${line} ${path}`, { kernel });
      assert.deepEqual(printed, answer(path, reason), `${line} ${path}`);
    }
  }
});

Deno.test("an included file is a regular file, never standard input or another stream", async () => {
  await using files = await makeSpecialFiles();
  for (
    const [path, reason] of [
      [files.fifo, "it is a named pipe, not a regular file"],
      ["/dev/zero", "it is a device, not a regular file"],
      ["/proc/kmsg", "it is a file of the kernel without a size"],
    ]
  ) {
    const { code, err } = await lvsctl("plan -", { kernel: memoryKernel({}), stdin: `version: 1\ninclude: ${path}\n` });
    assert.deepEqual({ code, err }, { code: 2, err: `lvsctl: <stdin>:2:10: Cannot read ${path}: ${reason}\n` });
  }
});

Deno.test("run refuses streams, because a reload reads the file again", async () => {
  for (const file of ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]) {
    assert.deepEqual(await lvsctl(`run ${file}`), {
      code: 2,
      out: "",
      err: `lvsctl: Cannot run ${file}: the daemon reads its file again with every reload, so it cannot be a stream; ` +
        "write the configuration to a file, and name that file\n",
    });
  }
});

Deno.test("lvsctl's own files are neither links nor pipes: each reader says so at once", async () => {
  await using files = await makeSpecialFiles();
  const directories = { run: files.directory, state: files.directory };
  const reason = /: it is a (symbolic link|named pipe), not a file that lvsctl wrote; /;
  for (const place of [(path: string) => Deno.symlinkSync(files.regular, path), makeFifo]) {
    const [overrides, realServer, state] = ["overrides", "realserver", "state"].map((name) =>
      `${files.directory}/${name}.json`
    ) as [string, string, string];
    for (const path of [overrides, realServer, state]) place(path);
    assert.throws(() => readOverrides(directories), { message: reason });
    assert.throws(() => new RealServerFile(directories).read(() => true), { message: reason });
    const problems: string[] = [];
    assert.equal(readDaemonState(state, { onProblem: (message) => problems.push(message) }), undefined);
    assert.match(problems.join("\n"), reason);
    for (const path of [overrides, realServer, state]) Deno.removeSync(path);
  }
});
