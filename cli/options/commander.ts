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

/** Commander's message about wrong usage on one line, in the form of other messages. */
export function usageMessage(text: string): string {
  return text.replace(/^error: /, "").replace(/\n(?=.)/g, " ");
}
