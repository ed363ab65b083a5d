import type { CommandUnknownOpts } from "../../options/commander.ts";

/** The shells with completions. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** The words that can follow the words of one command. */
interface Node {
  /** The words that lead here: "", "service", "service add". */
  readonly path: string;
  readonly commands: readonly CommandUnknownOpts[];
  readonly options: readonly string[];
}

/** The completion script of a shell, generated from the commands. */
export function completionScript(shell: Shell, program: CommandUnknownOpts): string {
  const nodes = collect(program, "");
  switch (shell) {
    case "bash":
      return bashScript(nodes);
    case "zsh":
      // zsh can run bash's completions, which saves a generator.
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(nodes)}`;
    case "fish":
      return fishScript(nodes);
  }
}

function collect(command: CommandUnknownOpts, path: string): Node[] {
  const options = command.createHelp().visibleOptions(command).flatMap(({ long, short }) => long ?? short ?? []);
  const children = command.commands.flatMap((child) => collect(child, `${path} ${child.name()}`.trim()));
  return [{ path, commands: command.commands, options }, ...children];
}

function bashScript(nodes: readonly Node[]): string {
  const words = (node: Node): string => [...node.commands.map((child) => child.name()), ...node.options].join(" ");
  const cases = nodes.map((node) => `    "${node.path}") words="${words(node)}" ;;`).join("\n");
  const paths = nodes.map(({ path }) => `"${path}"`).join("|");
  return `# bash completion of lvsctl
_lvsctl() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" next words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
    ${paths}) path="$next" ;;
    *) break ;;
    esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=()
  while IFS= read -r next; do COMPREPLY+=("$next"); done < <(compgen -W "$words" -- "$current")
}
complete -o default -F _lvsctl lvsctl
`;
}

function fishScript(nodes: readonly Node[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const seen = path.split(" ").filter((word) => word !== "");
    const inside = seen.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const names = commands.map((child) => child.name()).join(" ");
    const condition = path === "" ? "__fish_use_subcommand" : inside;
    const undecided = path === "" || names === ""
      ? condition
      : `${inside}; and not __fish_seen_subcommand_from ${names}`;
    return [
      ...commands.map((child) =>
        `complete -c lvsctl -n ${quote(undecided)} -a ${child.name()} -d ${
          quote(child.summary() || firstLine(child.description()))
        }`
      ),
      ...options.filter((option) => option.startsWith("--"))
        .map((option) => `complete -c lvsctl -n ${quote(condition)} -l ${option.slice(2)}`),
    ];
  });
  return `# fish completion of lvsctl\n${lines.join("\n")}\n`;
}

function firstLine(text: string): string {
  return text.split(/[.:\n]/, 1)[0] ?? "";
}
