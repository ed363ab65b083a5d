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

/** A check or an agent that is a command. */
export type RunnableCheck = Pick<ExecCheck, "command" | "environment"> & CheckedService;

/** Runs a command for a server, whose address and service it gets by placeholders and environment. */
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
