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
