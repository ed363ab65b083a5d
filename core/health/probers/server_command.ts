import type { CheckedService, ExecCheck, ServerId } from "../../model/mod.ts";
import {
  type CommandEnd,
  environmentOf,
  fillIn,
  runCommand,
  serverPlaceholders,
  servicePlaceholders,
} from "../../process/mod.ts";
import type { ExchangeOptions } from "../../net/mod.ts";

/** What is run: an exec check, or an agent that is a command. */
export type RunnableCheck = Pick<ExecCheck, "command" | "environment"> & CheckedService;

/** Runs a command that is about a server, and is told which. */
export function runFor(
  target: ServerId,
  { command, environment, service }: RunnableCheck,
  { signal, clock }: ExchangeOptions,
): Promise<CommandEnd> {
  const values = { ...serverPlaceholders(target), ...servicePlaceholders(service) };
  return runCommand(command.map((word) => fillIn(word, values)), {
    environment: { ...environmentOf(values), ...Object.fromEntries(environment) },
    signal,
    clock,
  });
}
