import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { formatServiceId, nearest, oneLine, visible } from "../../core/model/mod.ts";
import { defaultFile } from "../config/default_file.ts";
import type { Context } from "../context/context.ts";
import { outputOfWholeProgram } from "../context/whole_program.ts";
import { askDaemon, findDaemon } from "./client.ts";

/** The number of words that a command has before its services. */
const COMMAND_WORDS: Readonly<Record<string, number>> = { list: 1, zero: 1, connections: 1, top: 1 };

/** A service's name, and the service. */
export type ServiceName = readonly [name: string, service: string];

/**
 * Replaces the name of a service on a command line by the service that has this name in the file of the table's daemon
 * or, without a daemon, in the default file.
 *
 * @param args The command line.
 * @param error The error about the name.
 * @returns The new command line; undefined if no service has the name or a similar one.
 * @throws {LvsctlError} If several services have the name, or if one has a similar name.
 */
export async function withServiceOf(
  context: Context,
  args: readonly string[],
  { error }: { readonly error: unknown },
): Promise<readonly string[] | undefined> {
  if (!(error instanceof LvsctlError) || error.kind !== "service-name") return undefined;
  const name = error.object;
  const first = COMMAND_WORDS[args[0] ?? ""] ?? 2;
  const position = args.findIndex((word, index) => index >= first && valueOf(word) === name);
  const word = args[position];
  if (word === undefined) return undefined;
  const names = await knownNames(context, {
    onUnreadable: (failure) =>
      context.io.err(`lvsctl: warning: ${oneLine(failure.message)}; the names of its services are unknown\n`),
  });
  const [service, ...others] = names.flatMap(([known, each]) => known === name ? [each] : []);
  if (service === undefined) {
    const isAddition = args[0] === "service" && args[1] === "add";
    const possible = isAddition ? await absentOf(context, names) : names;
    const guess = nearest(name, possible.map(([known]) => known));
    if (guess === undefined) return undefined;
    throw new LvsctlError(`no service has the name "${visible(name)}"`, {
      hint: `did you mean "${visible(guess)}"?`,
      exitCode: EXIT.usage,
    });
  }
  if (others.length > 0) {
    throw new LvsctlError(`${visible(name)} is the name of ${[service, ...others].join(" and ")}`, {
      hint: "name one of them",
      exitCode: EXIT.usage,
    });
  }
  return args.with(position, word.slice(0, word.length - name.length) + service);
}

/** The names of services that the table does not have; none if it cannot be read. */
async function absentOf(context: Context, names: readonly ServiceName[]): Promise<readonly ServiceName[]> {
  try {
    using client = await context.openIpvs();
    const present = new Set(client.services().map(({ id }) => formatServiceId(id)));
    return names.filter(([, service]) => !present.has(service));
  } catch (error) {
    if (error instanceof LvsctlError) return [];
    throw error;
  }
}

/** What a word of a command line names: the value in `--option=value`, or the word itself. */
function valueOf(word: string): string {
  return /^--[a-z-]+=(.*)$/s.exec(word)?.[1] ?? word;
}

/**
 * The names of services: those of the daemon or, without one, those of the default file.
 *
 * @param options.onUnreadable Receives the error of a daemon that does not answer, or of a default file that is not valid.
 */
export async function knownNames(
  context: Context,
  { onUnreadable }: { readonly onUnreadable: (error: LvsctlError) => void },
): Promise<readonly ServiceName[]> {
  const known = await namesOfDaemon(context, { onUnreadable });
  if (known !== undefined) return known;
  if (context.surroundings.files.kindOf(defaultFile(context)) === "missing") return [];
  try {
    return await namesInFile(context);
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    onUnreadable(error);
    return [];
  }
}

/** The names that the daemon knows; undefined without a daemon that tells them. */
async function namesOfDaemon(
  context: Context,
  { onUnreadable }: { readonly onUnreadable: (error: LvsctlError) => void },
): Promise<readonly ServiceName[] | undefined> {
  try {
    using client = await findDaemon(context, { readsStatus: true });
    if (client === undefined) return undefined;
    return readNames((await askDaemon(client, "names"))["names"]);
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    // A busy daemon, or one of an older version: without a word, its names would look like mistakes.
    onUnreadable(error);
    return undefined;
  }
}

/** Reads the names that a daemon sent; none of an older version. */
export function readNames(value: unknown): readonly ServiceName[] {
  const pairs: readonly unknown[] = Array.isArray(value) ? value : [];
  return pairs.flatMap((pair): readonly ServiceName[] =>
    Array.isArray(pair) && typeof pair[0] === "string" ? [[pair[0], String(pair[1])]] : []
  );
}

/** Reads the default file; the small bundles do not have the reader, and start the whole program for it. */
async function namesInFile(context: Context): Promise<readonly ServiceName[]> {
  let reader: typeof import("../config/file_names.ts");
  try {
    reader = await import("../config/file_names.ts");
  } catch (error) {
    return namesIn(await outputOfWholeProgram(["__names"], error));
  }
  return await reader.namesInDefaultFile(context);
}

/** The names that `lvsctl __names` prints. */
function namesIn(text: string): readonly ServiceName[] {
  return text.split("\n").flatMap((line): readonly ServiceName[] => {
    const [name, service] = line.split("\t");
    return name === undefined || service === undefined ? [] : [[name, service]];
  });
}
