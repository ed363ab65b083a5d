/**
 * The files of cases, and the guest that they are run in.
 *
 * @module
 */
import { mustRun } from "../namespace.ts";
import { type Case, parseCase } from "./case_file.ts";

const DIRECTORY = `${import.meta.dirname}/cases`;

/** The names of all cases. */
export function caseNames(): string[] {
  return [...Deno.readDirSync(DIRECTORY)].map(({ name }) => name.replace(/\.txt$/, "")).sort();
}

/** Reads a case. */
export function readCase(name: string): Case {
  return parseCase(Deno.readTextFileSync(`${DIRECTORY}/${name}.txt`));
}

/** Makes the devices and host names that the cases speak of. In a guest only. */
export async function prepareGuest(): Promise<void> {
  await mustRun(["mount", "--bind", `${import.meta.dirname}/hosts`, "/etc/hosts"]);
  // Sync daemons multicast on eth0 unless they are told otherwise.
  await mustRun(["ip", "-batch", "-"], {
    stdin: "link add dev eth0 type dummy\nlink set dev eth0 up multicast on\naddr add 10.99.0.1/24 dev eth0\n" +
      "link add dev eth9 type dummy\nlink set dev eth9 up multicast on\naddr add 10.98.0.1/24 dev eth9\n",
  });
}
