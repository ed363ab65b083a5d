import type { ConfigFile } from "../../../core/config/mod.ts";
import { EXIT, type ExitCode, LvsctlError } from "../../../core/errors/mod.ts";
import { formatServiceId, visible } from "../../../core/model/mod.ts";
import type { Context } from "../../context/context.ts";

/** The result of the check of one file. */
export interface Review {
  /** The file's path; "-" is standard input. */
  readonly file: string;
  /** The content of a valid file. */
  readonly found?: ConfigFile;
  /** The error of another one. */
  readonly error?: LvsctlError;
}

/** One thing that two files describe. */
export interface Conflict {
  /** The service, name or VIP. */
  readonly what: string;
  /** The two files. */
  readonly files: readonly [string, string];
}

/**
 * Checks files one after another; a file that is not valid does not keep the others from being checked.
 *
 * @param options.review Checks one file and prints what it finds.
 */
export async function reviewFiles(
  files: readonly string[],
  { review }: { readonly review: (file: string) => Promise<ConfigFile> },
): Promise<readonly Review[]> {
  const reviews: Review[] = [];
  for (const file of files) {
    try {
      reviews.push({ file, found: await review(file) });
    } catch (error) {
      if (!(error instanceof LvsctlError)) throw error;
      reviews.push({ file, error });
    }
  }
  return reviews;
}

/** Most conflicts that are printed. */
const MAX_LISTED = 20;

/** The results of several files. */
export interface Reviews {
  /** The files, one after another. */
  readonly reviews: readonly Review[];
  /** What two of them describe. */
  readonly conflicts: readonly Conflict[];
  /** Whether a conflict is an error. */
  readonly strict: boolean;
}

/** The worst status of the files. */
export function statusOf({ reviews, conflicts, strict }: Reviews): ExitCode {
  let worst: ExitCode = strict && conflicts.length > 0 ? EXIT.usage : EXIT.ok;
  for (const { error } of reviews) if (error !== undefined && error.exitCode > worst) worst = error.exitCode;
  return worst;
}

/**
 * Prints the errors of the files, and what two of them describe.
 *
 * @returns The worst status.
 */
export function printReviews({ io }: Pick<Context, "io">, found: Reviews): ExitCode {
  const { reviews, conflicts, strict } = found;
  for (const { error } of reviews) {
    for (const line of error?.message.split("\n") ?? []) io.err(`lvsctl: ${line}\n`);
  }
  const kind = strict ? "" : "warning: ";
  for (const { what, files } of conflicts.slice(0, MAX_LISTED)) {
    const [first, second] = files.map((file) => visible(file));
    io.err(`lvsctl: ${kind}both ${first} and ${second} have ${what}\n`);
  }
  if (conflicts.length > MAX_LISTED) io.err(`lvsctl: ${kind}${conflicts.length - MAX_LISTED} more are in two files\n`);
  return statusOf(found);
}

/** The services, names and VIPs that two files have, unless one includes the other or both include a third one. */
export function conflictsOf(context: Pick<Context, "surroundings">, reviews: readonly Review[]): readonly Conflict[] {
  const { realPath } = context.surroundings.files;
  const first = new Map<string, { readonly file: string; readonly paths: ReadonlySet<string> }>();
  const conflicts: Conflict[] = [];
  for (const { file, found } of reviews) {
    if (found === undefined) continue;
    const paths = new Set([file, ...found.included].map((path) => realPath(path)));
    for (const what of new Set(objectsOf(found))) {
      const other = first.get(what);
      if (other === undefined) first.set(what, { file, paths });
      else if (![...paths].some((path) => other.paths.has(path))) conflicts.push({ what, files: [other.file, file] });
    }
  }
  return conflicts;
}

function objectsOf({ desired: { services, vips = [] } }: ConfigFile): readonly string[] {
  return [
    ...services.map(({ service }) => formatServiceId(service.id)),
    ...services.flatMap(({ name }) => name === undefined ? [] : [`the name ${name}`]),
    ...vips.map(({ address }) => `the VIP ${address}`),
  ];
}
