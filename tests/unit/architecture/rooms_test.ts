import assert from "node:assert/strict";
import { resolve, sourceFiles } from "./source_files.ts";

/**
 * The arrows between the rooms (the sub-folders) of the large folders of core: a room imports exactly these, types and
 * dynamic imports included. "." stands for the files beside the rooms.
 */
const ROOMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "core/config": {
    ".": ["canonical", "read", "schema", "show", "source"],
    canonical: ["schema"],
    read: ["schema", "source"],
    schema: ["source"],
    show: ["canonical", "schema", "source"],
    source: [],
  },
  "core/health": {
    ".": ["agents", "machines", "monitor", "probers", "remote"],
    agents: [".", "probers"],
    machines: ["probers"],
    monitor: [".", "agents"],
    probers: ["."],
    remote: [".", "monitor"],
  },
};

/** The room of a file below a folder. */
function roomOf(path: string, folder: string): string {
  const [first = "", second] = path.slice(folder.length + 1).split("/");
  return second === undefined ? "." : first;
}

/** The rooms of a folder, each with the rooms that it imports. */
function arrowsIn(folder: string): Record<string, string[]> {
  const arrows = new Map<string, Set<string>>();
  for (const file of sourceFiles(folder)) {
    const room = roomOf(file.path, folder);
    const targets = arrows.get(room) ?? new Set();
    arrows.set(room, targets);
    for (const { specifier } of file.imports) {
      const target = resolve(file, specifier);
      if (target?.startsWith(`${folder}/`)) targets.add(roomOf(target, folder));
    }
    targets.delete(room);
  }
  return Object.fromEntries([...arrows].map(([room, targets]) => [room, [...targets].sort()]));
}

for (const [folder, expected] of Object.entries(ROOMS)) {
  Deno.test(`the rooms of ${folder} import exactly the rooms that the table names`, () => {
    assert.deepEqual(arrowsIn(folder), expected);
  });

  Deno.test(`the rooms of ${folder} import each other in no circle`, () => {
    const ordered = new Set<string>();
    const rooms = Object.entries(expected).filter(([room]) => room !== ".");
    for (let before = -1; before < ordered.size;) {
      before = ordered.size;
      for (const [room, targets] of rooms) {
        if (targets.every((target) => target === "." || ordered.has(target))) ordered.add(room);
      }
    }
    assert.deepEqual(rooms.map(([room]) => room).filter((room) => !ordered.has(room)), []);
  });
}
