import assert from "node:assert/strict";
import { ROOT, sourceFiles } from "./source_files.ts";

const CORE = sourceFiles("core");
const ALL = [...CORE, ...sourceFiles("cli")];

Deno.test("no file suppresses one of the project's own lint rules", () => {
  const found = ALL.filter(({ path }) =>
    /deno-lint-ignore(-file\s*$|.*\blvsctl\/)/m.test(Deno.readTextFileSync(new URL(path, ROOT)))
  );
  assert.deepEqual(found.map(({ path }) => path), []);
});

Deno.test("no file imports a node: module, which cost the start its time", () => {
  const found = ALL.flatMap(({ path, imports }) =>
    imports.filter(({ specifier, isType }) => specifier.startsWith("node:") && !isType)
      .map(({ specifier }) => `${path} imports ${specifier}`)
  );
  assert.deepEqual(found, []);
});

Deno.test("nothing is read from the net: every import is a file or a package of deno.json", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  const packages = Object.keys(imports);
  const found = ALL.flatMap((file) =>
    file.imports.filter(({ specifier }) => !specifier.startsWith(".") && !packages.includes(specifier))
      .map(({ specifier }) => `${file.path} imports ${specifier}`)
  );
  assert.deepEqual(found, []);
});

Deno.test("every module of core loads without a single permission", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-lock", "--no-check", "-"],
    cwd: new URL(ROOT),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = CORE.map(({ path }) => `import ${JSON.stringify(new URL(path, ROOT).href)};`);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${lines.join("\n")}\nconsole.log("loaded");\n`));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  assert.deepEqual([text.decode(stderr), text.decode(stdout), success], ["", "loaded\n", true]);
});
