import assert from "node:assert/strict";
import { resolve, ROOT, type SourceFile, sourceFiles } from "./source_files.ts";

const CORE = sourceFiles("core");
const CLI = sourceFiles("cli");
const ALL: readonly SourceFile[] = [...CORE, ...CLI];

/** Which folders of core a folder may import; "ipvs (types)" stands for types alone. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  model: ["errors"],
  netlink: ["errors"],
  // The model's addresses are what the look-up of names is about.
  ffi: ["netlink", "model", "errors"],
  ipvs: ["netlink", "model", "errors"],
  rtnetlink: ["netlink", "model", "errors"],
  fou: ["netlink", "model", "errors"],
  sysctl: ["errors"],
  realserver: ["model", "errors", "sysctl", "rtnetlink", "fou"],
  config: ["model", "errors"],
  importers: ["config", "model", "errors"],
  reconcile: ["model", "errors", "ipvs (types)", "rtnetlink (types)"],
  health: ["model", "errors"],
  notify: ["health", "model", "errors"],
  connections: ["model", "errors"],
  control: ["errors"],
  modules: [],
  doctor: ["sysctl", "model", "errors", "ipvs (types)", "rtnetlink (types)"],
  daemon: ["health", "reconcile", "config", "model", "errors", "ipvs (types)", "rtnetlink (types)"],
};

/** The files directly in core that join what is above netlink with the library below it. */
const JOINTS = /^core\/open(_\w+)?\.ts$/;

/** The folder of a file: "core/ipvs", or "cli" for everything below it; a joint is a folder of its own. */
function folderOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  return top === "core" ? `core/${second}` : top;
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

Deno.test("every file of core is in a folder that has a rule, or joins two", () => {
  const strays = CORE.map(({ path }) => path)
    .filter((path) => !JOINTS.test(path) && !Object.hasOwn(ALLOWED, path.split("/")[1] ?? ""));
  assert.deepEqual(strays, []);
  assert.ok(CORE.length > 50 && CLI.length > 20, "there are files to look at");
});

for (const [folder, allowed] of Object.entries(ALLOWED)) {
  const others = allowed.length === 0 ? "nothing else" : `${allowed.join(", ")} and nothing else`;
  Deno.test(`core/${folder} imports ${others}`, () => {
    const files = CORE.filter(({ path }) => folderOf(path) === `core/${folder}`);
    assert.deepEqual(
      violations(files, (_, target, isType) => {
        const [top = "", other = ""] = target.split("/");
        if (top !== "core") return false;
        return other === folder || allowed.includes(other) || (isType && allowed.includes(`${other} (types)`));
      }),
      [],
    );
  });
}

Deno.test("only core/open.ts and its like import core/ffi", () => {
  assert.deepEqual(
    violations(
      ALL,
      ({ path }, target) => !target.startsWith("core/ffi/") || path.startsWith("core/ffi/") || JOINTS.test(path),
    ),
    [],
  );
});

Deno.test("nothing in core imports what is not in core", () => {
  assert.deepEqual(violations(CORE, (_, target) => target.startsWith("core/")), []);
});

Deno.test("cli imports only core, itself and the version in deno.json", () => {
  const isAllowed = (target: string): boolean => /^(core|cli)\//.test(target) || target === "deno.json";
  assert.deepEqual(violations(CLI, (_, target) => isAllowed(target)), []);
});

Deno.test("folders are imported by their mod.ts", () => {
  assert.deepEqual(
    violations(
      ALL,
      ({ path }, target) =>
        folderOf(path) === folderOf(target) || !target.startsWith("core/") || target.endsWith("/mod.ts") ||
        JOINTS.test(target) || JOINTS.test(path),
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

function graph(
  nodeOf: (path: string) => string,
  counts: (isType: boolean, isDynamic: boolean) => boolean,
): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const file of ALL) {
    const from = nodeOf(file.path);
    const targets = edges.get(from) ?? new Set();
    edges.set(from, targets);
    for (const { specifier, isType, isDynamic } of file.imports) {
      const target = resolve(file, specifier);
      if (target !== undefined && nodeOf(target) !== from && counts(isType, isDynamic)) targets.add(nodeOf(target));
    }
  }
  return edges;
}

Deno.test("folders import each other in no circle, types included", () => {
  assert.equal(cycle(graph(folderOf, () => true)), undefined);
});

Deno.test("files import each other in no circle, types and what is loaded later aside", () => {
  assert.equal(cycle(graph((path) => path, (isType, isDynamic) => !isType && !isDynamic)), undefined);
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
