import assert from "node:assert/strict";

/** Runs a module of the program under a limit of one kilobyte a file, whose signal is ignored as by the launcher. */
async function underFileLimit(code: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `trap "" XFSZ; ulimit -f 1; "$0" eval "$1"`, Deno.execPath(), code],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("replaceFile() and createFile() leave no file that was written in part", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/old`, "old");
    const module = new URL("../../../../cli/state/atomic_file.ts", import.meta.url).href;
    const printed = await underFileLimit(`
      const { createFile, replaceFile } = await import(${JSON.stringify(module)});
      const text = "x".repeat(10_000);
      for (const [write, name] of [[replaceFile, "old"], [replaceFile, "new"], [createFile, "new"]]) {
        try {
          write(${JSON.stringify(directory)} + "/" + name, text);
        } catch (error) {
          console.log(error.message);
        }
      }
    `);
    const failure = (name: string): string => `Cannot write ${directory}/${name}: File too large (EFBIG)\n`;
    assert.equal(printed, failure("old") + failure("new") + failure("new"));
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["old"]);
    assert.equal(await Deno.readTextFile(`${directory}/old`), "old");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
