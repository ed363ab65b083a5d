import type { SharingStatus } from "../../core/sharing/mod.ts";
import { fieldsOf, isCount, itemsOf, textOf } from "../../core/json/mod.ts";
import { count } from "./count.ts";
import type { Json } from "./json.ts";

/** The most directors that a line names. */
const MOST_NAMED = 5;

/** The verdicts that directors share as JSON. */
export function sharingJson(
  { quorum, directors, ignored, unpublished, disputed, isBlind, problem }: SharingStatus,
): Json {
  return {
    quorum,
    directors: [...directors],
    ignored,
    unpublished,
    disputed,
    blind: isBlind,
    problem: problem ?? null,
  };
}

/** The lines about problems of the verdicts that directors share; none without. */
export function problemLines({ isBlind, problem }: Pick<SharingStatus, "isBlind" | "problem">): readonly string[] {
  return [
    ...isBlind
      ? ["This director cannot reach the servers: all are unhealthy here, and other directors reach most of them"]
      : [],
    ...problem === undefined ? [] : [`Verdicts of other directors may be old: ${problem}`],
  ];
}

/** The lines about the verdicts that directors share; none without. */
export function sharingLines(sharing: unknown): readonly string[] {
  const { quorum, directors, ignored, disputed, blind, problem } = fieldsOf(sharing);
  if (quorum === undefined) return [];
  const names = itemsOf(directors).map(String);
  const others = names.length > MOST_NAMED
    ? `${names.slice(0, MOST_NAMED).join(", ")} and ${names.length - MOST_NAMED} more`
    : names.join(", ");
  const [lost, kept] = [isCount(ignored) ? ignored : 0, isCount(disputed) ? disputed : 0];
  return [
    `Shares verdicts with ${names.length === 0 ? "no other director" : others}` +
    (names.length < Number(quorum) ? `: fewer than its quorum of ${quorum}, so they keep no server` : ""),
    ...lost === 0
      ? []
      : [`The verdicts of ${count(lost, "director")} are not used: damaged, not complete, or too many`],
    ...problemLines({ isBlind: blind === true, problem: textOf(problem) }),
    ...blind === true || kept === 0 ? [] : [`${count(kept, "server")} unhealthy here, and healthy for other directors`],
  ];
}
