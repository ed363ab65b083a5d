/** The shells with completions. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@linkcode SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/**
 * The first line of an answer of `lvsctl __complete` if the shell completes paths: then the wanted suffixes, parted by
 * blanks. Each other line is a word, a tab and a description.
 */
export const PATH_DIRECTIVES = { files: ":files", directories: ":directories" } as const;

/** The completion script of a shell: it asks `lvsctl __complete` for the words that can come next. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

// Bash cuts words at ":" and "=" too, so the script cuts the line itself, and removes from each candidate what bash
// regards as words before it.
const BASH = `# bash completion of lvsctl
_lvsctl() {
  local line="\${COMP_LINE:0:COMP_POINT}" current answer word cut suffix
  local -a words
  read -ra words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  while ((\${#words[@]} > 0)) && [[ "\${words[0]##*/}" != "\${1##*/}" ]]; do words=("\${words[@]:1}"); done
  current="\${words[-1]-}"
  COMPREPLY=()
  while IFS= read -r answer; do
    case "$answer" in
    :files*)
      compopt -o filenames 2>/dev/null || :
      while IFS= read -r word; do
        for suffix in \${answer#:files}; do
          if [[ -d "$word" || "$word" == *"$suffix" ]]; then COMPREPLY+=("$word"); break; fi
        done
      done < <(compgen -f -- "$current")
      if ((\${#COMPREPLY[@]} == 0)); then
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
      fi
      return
      ;;
    :directories*)
      compopt -o filenames 2>/dev/null || :
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$current")
      return
      ;;
    *) COMPREPLY+=("\${answer%%$'\\t'*}") ;;
    esac
  done < <("$1" __complete -- "\${words[@]:1}" 2>/dev/null)
  cut="\${current%"\${current##*[:=]}"}"
  [[ -z "$cut" ]] || COMPREPLY=("\${COMPREPLY[@]#"$cut"}")
}
complete -F _lvsctl lvsctl
`;

const ZSH = `#compdef lvsctl
# zsh completion of lvsctl
_lvsctl() {
  local answer word
  local -a values displays suffixes
  while IFS= read -r answer; do
    case "$answer" in
    :files*)
      suffixes=(\${=answer#:files})
      if ((\${#suffixes})); then _files -g "*(\${(j:|:)suffixes})" || _files; else _files; fi
      return
      ;;
    :directories*)
      _files -/
      return
      ;;
    esac
    word="\${answer%%$'\\t'*}"
    values+=("$word")
    if [[ "$answer" == *$'\\t'?* ]]; then displays+=("$word  -- \${answer#*$'\\t'}"); else displays+=("$word"); fi
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  ((\${#values})) && compadd -l -d displays -a values
}
if [[ "\${funcstack[1]}" == _lvsctl ]]; then _lvsctl "$@"; else compdef _lvsctl lvsctl; fi
`;

const FISH = `# fish completion of lvsctl
function __lvsctl_complete
    set -l words (commandline -opc) (commandline -ct)
    for answer in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
        switch $answer
            case ':files*'
                set -l suffixes (string split -n ' ' -- (string replace ':files' '' -- $answer))
                for suffix in $suffixes
                    __fish_complete_suffix $suffix
                end
                test (count $suffixes) -eq 0; and __fish_complete_path (commandline -ct)
            case ':directories*'
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $answer
        end
    end
end
complete -c lvsctl -f -a '(__lvsctl_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
