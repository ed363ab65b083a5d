/** The root of the repository, with a slash at its end. */
const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** The folders that hold the product: what users run and read. */
const PRODUCT = ["cli", "core", "packaging"];

/** The path of a linted file from the root of the repository: "core/model/address.ts". */
export function repositoryPath(filename: string): string {
  const path = filename.startsWith("file://") ? decodeURIComponent(new URL(filename).pathname) : filename;
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
}

/** Whether a file is below one of these folders of the repository. */
export function isBelow(filename: string, folders: readonly string[] = PRODUCT): boolean {
  const path = repositoryPath(filename);
  return folders.some((folder) => path.startsWith(`${folder}/`));
}
