import assert from "node:assert/strict";
import { FileWatch } from "../../../../core/system/file_watch.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

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
    using watch = new FileWatch({ clock: new FakeClock() });
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
      using watch = new FileWatch({ clock: new FakeClock() });
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
    using watch = new FileWatch({ clock: new FakeClock() });
    const directory = `${parent}/later`;
    using _wait = watch.wait(`${directory}/a`);
    await Deno.mkdir(directory);
    using wait = watch.wait(`${directory}/a`);
    await Deno.writeTextFile(`${directory}/a`, "");
    await wait.changed;
  });
});

/** Ways to put another file at a path below a directory without a change in the watched directory. */
const REPLACEMENTS: Readonly<
  Record<string, {
    /** The path of the file. */
    readonly path: string;
    /** Makes the first file. */
    readonly prepare: (at: (name: string) => string) => void;
    /** Puts another one in its place. */
    readonly replace: (at: (name: string) => string) => void;
    /** Writes the new file once more. */
    readonly rewrite: (at: (name: string) => string) => void;
  }>
> = {
  "whose directory is moved away, and another one takes its place": {
    path: "lists/a",
    prepare: (at) => write(at("lists"), "first"),
    replace: (at) => {
      Deno.renameSync(at("lists"), at("former"));
      write(at("lists"), "second");
    },
    rewrite: (at) => Deno.writeTextFileSync(at("lists/a"), "third"),
  },
  "whose directory is deleted and made again, later": {
    path: "lists/a",
    prepare: (at) => write(at("lists"), "first"),
    replace: (at) => {
      Deno.removeSync(at("lists"), { recursive: true });
      write(at("lists"), "second");
    },
    rewrite: (at) => Deno.writeTextFileSync(at("lists/a"), "third"),
  },
  "below a link that is switched": {
    path: "..data/a",
    prepare: (at) => {
      write(at("..1"), "first");
      Deno.symlinkSync("..1", at("..data"));
    },
    replace: (at) => {
      write(at("..2"), "second");
      switchLink(at, "..2");
    },
    rewrite: (at) => Deno.writeTextFileSync(at("..2/a"), "third"),
  },
  "that is a link to a file in another directory": {
    path: "lists/a",
    prepare: (at) => {
      write(at("..1"), "first");
      Deno.mkdirSync(at("lists"));
      Deno.symlinkSync("../..1/a", at("lists/a"));
    },
    replace: (at) => {
      Deno.writeTextFileSync(at("..1/.new"), "second");
      Deno.renameSync(at("..1/.new"), at("..1/a"));
    },
    rewrite: (at) => Deno.writeTextFileSync(at("..1/a"), "the third"),
  },
};

function write(directory: string, text: string): void {
  Deno.mkdirSync(directory);
  Deno.writeTextFileSync(`${directory}/a`, text);
}

/** As Kubernetes does it for the files of a volume. */
function switchLink(at: (name: string) => string, target: string): void {
  Deno.symlinkSync(target, at("..data_tmp"));
  Deno.renameSync(at("..data_tmp"), at("..data"));
}

for (const [name, { path, prepare, replace, rewrite }] of Object.entries(REPLACEMENTS)) {
  Deno.test(`FileWatch sees a file within a second ${name}, and what becomes of the new file`, async () => {
    await withDirectory(async (parent) => {
      const at = (each: string): string => `${parent}/${each}`;
      prepare(at);
      const clock = new FakeClock();
      using watch = new FileWatch({ clock });
      {
        using wait = watch.wait(at(path));
        replace(at);
        await clock.advance(1000);
        await wait.changed;
      }
      using again = watch.wait(at(path));
      rewrite(at);
      await clock.advance(1000);
      await again.changed;
    });
  });
}

Deno.test("FileWatch sees the files of a volume of Kubernetes, which are links below a link, at once", async () => {
  await withDirectory(async (parent) => {
    const at = (each: string): string => `${parent}/${each}`;
    write(at("..1"), "first");
    Deno.symlinkSync("..1", at("..data"));
    Deno.symlinkSync("..data/a", at("a"));
    using watch = new FileWatch({ clock: new FakeClock() });
    for (const target of ["..2", "..3"]) {
      using wait = watch.wait(at("a"));
      write(at(target), target);
      switchLink(at, target);
      await wait.changed;
    }
  });
});

Deno.test("FileWatch looks at nothing while nothing waits", async () => {
  await withDirectory(async (directory) => {
    const clock = new FakeClock();
    using watch = new FileWatch({ clock });
    {
      using _wait = watch.wait(`${directory}/a`);
      await clock.advance(1000);
      assert.equal(clock.pending, 1);
    }
    await clock.advance(1000);
    assert.equal(clock.pending, 0);
  });
});
