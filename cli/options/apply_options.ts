import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { visible } from "../../core/model/mod.ts";
import { CHANGE_KINDS, type ChangeKind } from "../../core/reconcile/mod.ts";
import { argumentParser, durationArgument, listArgument, type ListParser } from "./arguments.ts";

/** Reads how long to wait for connections, or for another lvsctl; the result is milliseconds. */
export const waitArgument: (text: string) => number = durationArgument({ atLeast: "0s" });

/** How long connections of deleted servers may take to end by default; milliseconds. */
export const DEFAULT_DRAIN_MS = 10_000;

/** Help for `--drain`. */
export const DRAIN_HELP = "time for connections of deleted servers to end; 0s deletes at once";

/** Help for `--rehearse`. */
export const REHEARSE_HELP = "try the changes in a network namespace of their own, and change nothing here";

/** Help for `--lock-timeout`. */
export const LOCK_TIMEOUT_HELP = "wait at most this long for another lvsctl (default: 10s)";

/** Words for several kinds. */
const GROUPS: Readonly<Record<string, readonly ChangeKind[]>> = {
  add: ["add-service", "add-server"],
  edit: ["edit-service", "edit-server"],
  delete: ["delete-service", "delete-server"],
};

const ONLY_WORDS: readonly string[] = [...Object.keys(GROUPS), ...CHANGE_KINDS];

/** Help for `--only`. */
export const ONLY_HELP = `make only these changes: ${ONLY_WORDS.join(", ")}`;

/** Reads kinds of changes, separated by commas. */
export const onlyArgument: ListParser<ReadonlySet<ChangeKind>> = listArgument(ONLY_WORDS, (text) => {
  const kinds = text.split(",").flatMap((word) => {
    const found = GROUPS[word] ?? CHANGE_KINDS.filter((kind) => kind === word);
    if (found.length > 0) return found;
    throw new LvsctlError(`"${visible(word)}" is not a kind of change`, {
      hint: `use ${ONLY_WORDS.join(", ")}`,
      exitCode: EXIT.usage,
    });
  });
  return new Set(kinds);
});

/** Reads the state that a plan was made from. */
export const stateArgument: (text: string) => string = argumentParser((text) => {
  if (/^[0-9a-f]{16}$/.test(text)) return text;
  throw new LvsctlError(`"${visible(text)}" is not a state`, {
    hint: '"lvsctl plan" prints it: 16 hexadecimal digits',
  });
});
