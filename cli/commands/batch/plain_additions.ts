import { LvsctlError } from "../../../core/errors/mod.ts";
import type { ServiceId } from "../../../core/model/mod.ts";
import { forwardArgument, serverArgument, serviceArgument, weightArgument } from "../../options/arguments.ts";
import { InvalidArgumentError } from "../../options/commander.ts";
import { planAddition, type ServerOptions } from "../server.ts";

/** The settings of a plain line, while it is read. */
type Settings = { -readonly [Name in "forward" | "weight"]?: ServerOptions[Name] } & { ensure?: true };

/**
 * Reads lines of the form that long batches consist of, `SERVICE SERVER --weight N`, ten times as fast as the
 * command-line library does.
 */
export class PlainAdditions {
  #service = "";
  #id: ServiceId | undefined;

  /**
   * Plans the words behind "server add".
   *
   * @returns The plan; undefined for any other form and for every mistake, which the library then reports.
   */
  plan(words: readonly string[]): ReturnType<typeof planAddition> | undefined {
    const [service, server, ...options] = words;
    if (service === undefined || server === undefined || service.startsWith("-") || server.startsWith("-")) {
      return undefined;
    }
    try {
      const settings = readSettings(options);
      if (settings === undefined) return undefined;
      return planAddition({ id: this.#idOf(service), address: serverArgument(server) }, settings);
    } catch (error) {
      if (error instanceof LvsctlError || error instanceof InvalidArgumentError) return undefined;
      throw error;
    }
  }

  /** Most lines are about the service of the line before. */
  #idOf(service: string): ServiceId {
    if (this.#id === undefined || service !== this.#service) {
      this.#id = serviceArgument(service);
      this.#service = service;
    }
    return this.#id;
  }
}

function readSettings(words: readonly string[]): Settings | undefined {
  const settings: Settings = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === "--ensure") {
      settings.ensure = true;
      continue;
    }
    const value = words[++index];
    if (value === undefined || value.startsWith("-")) return undefined;
    if (word === "--weight" || word === "-w") settings.weight = weightArgument(value);
    else if (word === "--forward" || word === "-f") settings.forward = forwardArgument(value);
    else return undefined;
  }
  return settings;
}
