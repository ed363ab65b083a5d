import assert from "node:assert/strict";
import { ARROWS } from "./arrows.ts";
import { resolve, ROOT, type SourceFile, sourceFiles } from "./source_files.ts";

const CORE = sourceFiles("core");
const CLI = sourceFiles("cli");
const ALL: readonly SourceFile[] = [...CORE, ...CLI];

/** The folder of a file: "core/ipvs", "cli/table", or "cli" for what lies in its root. */
function folderOf(path: string): string {
  const [top = "", second = "", third] = path.split("/");
  return third === undefined ? top : `${top}/${second}`;
}

/** A line for each import that the rule does not hold for. */
function violations(
  files: readonly SourceFile[],
  rule: (file: SourceFile, target: string, isType: boolean) => boolean,
): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap(({ specifier, isType }) => {
      const target = resolve(file, specifier);
      return target === undefined || rule(file, target, isType) ? [] : [`${file.path} imports ${target}`];
    })
  );
}

Deno.test("every file is in a folder that has a rule", () => {
  const strays = ALL.map(({ path }) => path).filter((path) => !Object.hasOwn(ARROWS, folderOf(path)));
  assert.deepEqual(strays, []);
  assert.ok(CORE.length > 50 && CLI.length > 20, "there are files to look at");
});

for (const [folder, allowed] of Object.entries(ARROWS)) {
  Deno.test(`${folder} imports ${allowed.join(", ") || "no other folder"}, and uses each of them`, () => {
    const files = ALL.filter(({ path }) => folderOf(path) === folder);
    const used = new Set<string>();
    for (const file of files) {
      for (const { specifier } of file.imports) {
        const target = resolve(file, specifier);
        if (target !== undefined && target.includes("/")) used.add(folderOf(target));
      }
    }
    used.delete(folder);
    assert.deepEqual([...used].sort(), [...allowed].sort());
  });
}

Deno.test("only core/system imports core/ffi", () => {
  const importers = Object.entries(ARROWS).filter(([, targets]) => targets.includes("core/ffi"));
  assert.deepEqual(importers.map(([folder]) => folder), ["core/system"]);
});

Deno.test("in cli/ipvsadm print imports parse, parse does not import print, and neither imports the session", () => {
  const rooms = CLI.filter(({ path }) => /^cli\/ipvsadm\/(parse|print)\//.test(path));
  const shared = ["parse", "failure.ts", "kernel.ts", "names.ts"];
  const isAllowed = ({ path }: SourceFile, target: string): boolean => {
    const [, own] = /^cli\/ipvsadm\/(parse|print)\//.exec(path) ?? [];
    const [, room = ""] = /^cli\/ipvsadm\/([^/]+)/.exec(target) ?? [];
    return room === "" || room === own || shared.includes(room);
  };
  assert.deepEqual(violations(rooms, isAllowed), []);
});

Deno.test("nothing in core imports what is not in core", () => {
  assert.deepEqual(violations(CORE, (_, target) => target.startsWith("core/")), []);
});

Deno.test("cli imports only core, itself and the version in deno.json", () => {
  const isAllowed = (target: string): boolean => /^(core|cli)\//.test(target) || target === "deno.json";
  assert.deepEqual(violations(CLI, (_, target) => isAllowed(target)), []);
});

Deno.test("folders of core are imported by their mod.ts, core/system file by file so that each loads what it needs", () => {
  assert.deepEqual(
    violations(
      ALL,
      ({ path }, target) =>
        folderOf(path) === folderOf(target) || !target.startsWith("core/") || target.endsWith("/mod.ts") ||
        target.startsWith("core/system/"),
    ),
    [],
  );
});

Deno.test("every relative import names a file that exists", () => {
  assert.deepEqual(
    violations(ALL, (_, target) => {
      try {
        return Deno.statSync(new URL(target, ROOT)).isFile;
      } catch {
        return false;
      }
    }),
    [],
  );
});

/** The first cycle that is found in a graph, as "a -> b -> a". */
function cycle(edges: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): string | undefined => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node].join(" -> ");
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const found = visit(next, [...way, node]);
      if (found !== undefined) return found;
    }
    done.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const found = visit(node, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function graph(nodeOf: (path: string) => string): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const file of ALL) {
    const from = nodeOf(file.path);
    const targets = edges.get(from) ?? new Set();
    edges.set(from, targets);
    for (const { specifier } of file.imports) {
      const target = resolve(file, specifier);
      if (target !== undefined && nodeOf(target) !== from) targets.add(nodeOf(target));
    }
  }
  return edges;
}

Deno.test("folders import each other in no circle, types and dynamic imports included", () => {
  assert.equal(cycle(graph(folderOf)), undefined);
});

Deno.test("files import each other in no circle, types and dynamic imports included", () => {
  assert.equal(cycle(graph((path) => path)), undefined);
});

Deno.test("each name that a mod.ts of core exports is imported by another folder", () => {
  const unused: string[] = [];
  const named = /^export\s+(?:type\s+)?\{([^}]*)\}\s+from/gm;
  for (const { path, code } of CORE.filter(({ path }) => path.endsWith("/mod.ts"))) {
    const users = ALL.filter((file) =>
      folderOf(file.path) !== folderOf(path) &&
      file.imports.some(({ specifier }) => resolve(file, specifier) === path)
    );
    for (const [, names = ""] of code.matchAll(named)) {
      for (const name of names.split(",").map((text) => text.replace(/^\s*type\s+/, "").trim()).filter(Boolean)) {
        const word = new RegExp(`\\b${name}\\b`);
        if (!users.some((file) => word.test(file.code))) unused.push(`${path}: ${name}`);
      }
    }
  }
  assert.deepEqual(unused, []);
});

Deno.test("cycle() finds a circle", () => {
  const edges = new Map([["a", new Set(["b"])], ["b", new Set(["c"])], ["c", new Set(["b"])]]);
  assert.equal(cycle(edges), "b -> c -> b");
  assert.equal(cycle(new Map([["a", new Set(["b", "c"])], ["b", new Set(["c"])]])), undefined);
});

Deno.test("each package of a registry is imported in one file, types aside", () => {
  const importers = new Map<string, string[]>();
  for (const { path, imports } of ALL) {
    for (const { specifier, isType } of imports) {
      if (!isType && !/^(\.|node:)/.test(specifier)) {
        importers.set(specifier, [...importers.get(specifier) ?? [], path]);
      }
    }
  }
  assert.deepEqual([...importers].filter(([, files]) => files.length > 1), []);
  assert.ok(importers.size > 0, "there are packages to look at");
});
