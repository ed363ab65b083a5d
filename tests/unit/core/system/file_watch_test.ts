import assert from "node:assert/strict";
import { FileWatch } from "../../../../core/system/file_watch.ts";

/** A directory that is deleted in the end. */
async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("FileWatch sees a file that is replaced by renaming another one, or written in place", async () => {
  await withDirectory(async (directory) => {
    using watch = new FileWatch();
    const path = `${directory}/list.json`;
    {
      using wait = watch.wait(path);
      await Deno.writeTextFile(`${directory}/.new`, "[]");
      await Deno.rename(`${directory}/.new`, path);
      await wait.changed;
    }
    using again = watch.wait(path);
    await Deno.writeTextFile(path, "[1]");
    await again.changed;
  });
});

Deno.test("FileWatch watches files of several directories, and wakes those whose directory has changed", async () => {
  await withDirectory(async (one) => {
    await withDirectory(async (other) => {
      using watch = new FileWatch();
      using first = watch.wait(`${one}/a`);
      using second = watch.wait(`${other}/b`);
      let isWoken = false;
      void first.changed.then(() => isWoken = true);
      await Deno.writeTextFile(`${other}/b`, "");
      await second.changed;
      assert.equal(isWoken, false);
      await Deno.writeTextFile(`${one}/a`, "");
      await first.changed;
    });
  });
});

Deno.test("FileWatch takes a directory that does not exist yet, and watches it once it does", async () => {
  await withDirectory(async (parent) => {
    using watch = new FileWatch();
    const directory = `${parent}/later`;
    using _wait = watch.wait(`${directory}/a`);
    await Deno.mkdir(directory);
    using wait = watch.wait(`${directory}/a`);
    await Deno.writeTextFile(`${directory}/a`, "");
    await wait.changed;
  });
});
