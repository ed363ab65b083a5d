/**
 * Runs other programs, and fills in the placeholders of their command lines.
 *
 * @module
 */

export { environmentOf, fillIn, type Placeholders, serverPlaceholders, servicePlaceholders } from "./placeholders.ts";
export { type CommandEnd, type CommandOptions, describeEnd, runCommand } from "./run_command.ts";
