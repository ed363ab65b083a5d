import assert from "node:assert/strict";
import { ARROWS } from "./arrows.ts";
import { ROOT } from "./source_files.ts";

const PAGE = Deno.readTextFileSync(new URL("ARCHITECTURE.md", ROOT));

Deno.test("ARCHITECTURE.md lists every folder with exactly its arrows", () => {
  const rows = PAGE.replaceAll(/\s+/g, " ").matchAll(/- `((?:cli|core)[\w/]*)`: ([^.]+?)\. Imports ([\w/, ]+)\./g);
  const listed = [...rows].map(([, folder = "", , imports = ""]) => {
    const names = imports === "nothing" ? [] : imports.split(", ");
    return [folder, names.map((name) => name.startsWith("cli") ? name : `core/${name}`).sort()] as const;
  });
  const expected = Object.entries(ARROWS).map(([folder, targets]) => [folder, [...targets].sort()] as const);
  assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(expected));
});

Deno.test("ARCHITECTURE.md names only files and folders that exist", () => {
  const names = [...PAGE.matchAll(/`((?:cli|core|tests|packaging|docs)\/[\w/.]+)`/g)].map(([, name = ""]) => name);
  assert.ok(names.length > 30, "there are names to look at");
  const missing = names.filter((name) => {
    try {
      Deno.statSync(new URL(name, ROOT));
      return false;
    } catch {
      return true;
    }
  });
  assert.deepEqual(missing, []);
});
