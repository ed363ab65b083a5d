import type { ImportWorld } from "../../../../core/importers/imported.ts";
import { importWorld } from "./import_fixtures.ts";

/** Every file below a folder, by its relative path. */
function filesBelow(folder: URL, path = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(new URL(path, folder))) {
    const inner = `${path}${name}`;
    if (isDirectory) Object.assign(found, filesBelow(folder, `${inner}/`));
    else if (!name.startsWith("expected.")) found[inner] = Deno.readTextFileSync(new URL(inner, folder));
  }
  return found;
}

/** The environment of a fixture: its own files, a variable, and a host. */
export function keepalivedWorld(folder: URL): ImportWorld {
  return importWorld({ files: filesBelow(folder), variables: { SITE: "berlin" } });
}
