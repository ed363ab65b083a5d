import { repositoryPath } from "./repository_path.ts";

/** Private names, each with the field's name. */
const NAMES: Readonly<Record<string, string>> = {
  Changing: "JournaledChange",
  Exchanges: "ExchangeRecorder",
  FileInForce: "ActiveConfig",
  Followed: "AppliedHealth",
  Going: "ApplySteps",
  Leaving: "DrainingServer",
  NOBODY: "NO_SERVICES",
  NO_PORT: "an optional port",
  NO_STANDING: "nothing: it has no use",
  Placement: "ServerDecision",
  Reaction: "ServiceTracker",
  ReactionStart: "TrackerStart",
  Reloads: "CoalescedRuns",
  ServiceStanding: "RememberedService",
  Situation: "Knowledge",
  StoredReaction: "StoredTracker",
  Telling: "Message",
  ToldChange: "PrintedChange",
  VipKeeper: "VipAddresses",
  VipWishes: "WantedVips",
  endSaying: "clearOverride",
  followHealth: "applyHealth",
  idleLeavers: "idleDrainingServers",
  leavingServers: "drainingServers",
  perform: "executeChanges",
  performRequest: "apply",
  planRequest: "planApply",
  say: "setOverride",
  tell: "printChanges",
  untilConnectionsEnd: "waitForConnections",
};

/** Private words within exported names and file names, each with a better word. */
const PARTS: Readonly<Record<string, string>> = {
  going: "apply or steps",
  leaver: "drainingServer",
  leavers: "drainingServers",
  leaving: "draining",
  mend: "fix",
  mended: "fixed",
  nobody: "none",
  perform: "execute",
  placement: "decision",
  poke: "notify or request",
  saying: "override",
  situation: "knowledge",
  standing: "remembered",
  telling: "message",
  tellings: "messages",
  told: "printed or reported",
  whoever: "the subject's name",
  wish: "wanted",
  wishes: "wanted",
};

/** Private file names, each with a better name. */
const FILES: ReadonlyMap<string, string> = new Map([
  ["exchanges", "exchange_recorder"],
  ["file_in_force", "active_config"],
  ["reaction", "tracker"],
  ["reloads", "coalesced_runs"],
]);

/** File names, or last words of one, that do not say what is in the file. */
const VAGUE = /(^|_)(utils?|helpers?|misc|stuff)$|^(index|common|shared)$/;

/** File names that end in -ing and are nouns of the field. */
const NOUNS = new Set([
  "forwarding",
  "mapping",
  "ping",
  "string",
  "timing",
  "warning",
  "finding",
  "setting",
  "binding",
  "encoding",
  "spelling",
  "wording",
]);

/**
 * Exported names and file names use the field's words, no private ones. A file name is not a participle; a participle
 * before a noun, as in draining_servers.ts, is fine.
 */
export const privateWords: Deno.lint.Rule = {
  create(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
    const path = repositoryPath(context.filename);
    if (!/^(cli|core|packaging|examples|tests)\//.test(path)) return {};
    const isProduct = !/^tests\//.test(path);
    const check = (id: Deno.lint.Node | null): void => {
      if (!isProduct || id?.type !== "Identifier") return;
      const better = betterName(id.name, path);
      if (better !== undefined) context.report({ node: id, message: `"${id.name}" is a private word: say ${better}` });
    };
    return {
      Program(node): void {
        for (const message of fileProblems(path)) {
          context.report({ range: [node.range[0], node.range[0] + 1], message });
        }
      },
      ExportNamedDeclaration({ declaration, specifiers, source }): void {
        if (source !== null) return;
        for (const { exported } of specifiers) check(exported);
        if (declaration === null) return;
        if (declaration.type === "VariableDeclaration") { for (const { id } of declaration.declarations) check(id); }
        else if ("id" in declaration) check(declaration.id);
      },
    };
  },
};

function betterName(name: string, path: string): string | undefined {
  if (name === "Facts" && path.startsWith("core/notify/")) return "LastingEvents";
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  const part = wordsOf(name).find((word) => Object.hasOwn(PARTS, word));
  return part === undefined ? undefined : `${PARTS[part]} in place of "${part}"`;
}

/** The words of a name in camel case, Pascal case or capitals, in small letters. */
function wordsOf(name: string): readonly string[] {
  return name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase().split("_");
}

function fileProblems(path: string): readonly string[] {
  const file = path.slice(path.lastIndexOf("/") + 1);
  const name = file.replace(/\.\w+$/, "");
  const subject = name.replace(/_test$/, "");
  const problems: string[] = [];
  if (!/^[a-z\d]+(_[a-z\d]+)*$/.test(name)) problems.push(`the file name "${file}" is not in snake_case`);
  const words = name.split("_");
  if (VAGUE.test(name)) problems.push(`the file name "${file}" does not say what is in it`);
  if (/^[a-z]+ing$/.test(subject) && !NOUNS.has(subject)) {
    problems.push(`the file name "${file}" is a participle: name the thing in it`);
  }
  const part = words.find((word) => Object.hasOwn(PARTS, word));
  if (part !== undefined) problems.push(`the file name "${file}" has a private word: say ${PARTS[part]} for "${part}"`);
  const better = FILES.get(name);
  if (better !== undefined) problems.push(`the file name "${file}" is a private word: say ${better}`);
  return problems;
}
