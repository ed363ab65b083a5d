import assert from "node:assert/strict";
import { replaceFile } from "../../../../cli/state/atomic_file.ts";

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

Deno.test("replaceFile() waits for no reader of a named pipe, and replaces no link whose target is missing", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [pipe, link, kept] = [`${directory}/pipe`, `${directory}/link`, `${directory}/kept`];
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assert.throws(() => replaceFile(pipe, "text"), {
      message:
        `Cannot write ${pipe}: it is a named pipe, not a regular file; to write to a stream, redirect standard output`,
      exitCode: 2,
    });
    await Deno.symlink("missing", link);
    assert.throws(() => replaceFile(link, "text"), {
      message: `Cannot write ${link}: it is a symbolic link to missing, which does not exist; ` +
        "create the target, or remove the link",
      exitCode: 2,
    });
    await Deno.writeTextFile(`${directory}/missing`, "");
    replaceFile(link, "text");
    assert.equal(await Deno.readTextFile(`${directory}/missing`), "text");
    assert.ok((await Deno.lstat(link)).isSymlink);
    replaceFile(kept, "text");
    assert.equal(await Deno.readTextFile(kept), "text");
    assert.throws(() => replaceFile("", "text"), /^LvsctlError: Cannot write "": No such file or directory/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
