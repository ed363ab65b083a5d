import type { OptionSyntax } from "./popt.ts";

/** ipvsadm's names for its commands in messages. */
export type CommandName =
  | "add-service"
  | "edit-service"
  | "delete-service"
  | "flush"
  | "restore"
  | "save"
  | "add-server"
  | "edit-server"
  | "delete-server"
  | "list"
  | "zero"
  | "set"
  | "start-daemon"
  | "stop-daemon"
  | "help"
  | "version";

/** The option that a command line must begin with. */
export interface CommandOption extends OptionSyntax {
  /** The command. */
  readonly command: CommandName;
}

/** Every command. */
export const COMMAND_OPTIONS: readonly CommandOption[] = [
  { long: "add-service", short: "A", command: "add-service" },
  { long: "edit-service", short: "E", command: "edit-service" },
  { long: "delete-service", short: "D", command: "delete-service" },
  { long: "clear", short: "C", command: "flush" },
  { long: "list", short: "L", command: "list" },
  { long: "list", short: "l", command: "list" },
  { long: "add-server", short: "a", command: "add-server" },
  { long: "edit-server", short: "e", command: "edit-server" },
  { long: "delete-server", short: "d", command: "delete-server" },
  { long: "set", command: "set" },
  { long: "start-daemon", value: "required", command: "start-daemon" },
  { long: "stop-daemon", value: "required", command: "stop-daemon" },
  { long: "restore", short: "R", command: "restore" },
  { long: "save", short: "S", command: "save" },
  { long: "zero", short: "Z", command: "zero" },
  { long: "help", short: "h", command: "help" },
  { long: "version", short: "v", command: "version" },
];
