/**
 * The one place that imports the command-line library, so that it can be exchanged.
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
