/**
 * The only import of the command-line library, so that another can replace it.
 *
 * @module
 */

export {
  Argument,
  Command,
  CommanderError,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";

/**
 * Commander's message about wrong usage on one line, in the form of other messages. The message of a parser quotes the
 * value itself, so only the name of the option or the argument goes before it.
 */
export function usageMessage(text: string): string {
  return text.replace(/^error: /, "")
    .replace(/^option '(?:-\w, )?(--[\w-]+)[^']*' argument '[^]*?' is invalid\. (?=[^])/, "$1: ")
    .replace(/^command-argument value '[^]*?' is invalid for argument '([\w-]+)'\. (?!Allowed choices)/, "$1: ")
    .replace(/\n(?=.)/g, " ");
}
