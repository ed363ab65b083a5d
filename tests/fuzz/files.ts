/**
 * Reads the text files below a directory.
 *
 * @param directory Its URL, which ends with a slash.
 * @param wanted The names of the files to read.
 * @returns Texts by relative path, sorted.
 */
export function filesBelow(directory: URL, wanted: RegExp): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const entries = [...Deno.readDirSync(directory)].sort((one, other) => one.name < other.name ? -1 : 1);
  for (const { name, isDirectory } of entries) {
    const url = new URL(isDirectory ? `${name}/` : name, directory);
    if (!isDirectory) {
      if (wanted.test(name)) found[name] = Deno.readTextFileSync(url);
      continue;
    }
    for (const [path, text] of Object.entries(filesBelow(url, wanted))) found[`${name}/${path}`] = text;
  }
  return found;
}
