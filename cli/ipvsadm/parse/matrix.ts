import type { CommandName } from "./commands.ts";
import { IpvsadmFailure } from "../failure.ts";
import { OPTION_ROWS } from "./options.ts";

/**
 * Checks the options of a command line against the matrix.
 *
 * @param command The command.
 * @param given Whether the option of each row of the matrix is given.
 * @throws {IpvsadmFailure} For the first row that is violated.
 */
export function checkOptions(command: CommandName, given: readonly boolean[]): void {
  let exclusive: string | undefined;
  let index = -1;
  for (const { name, commands } of OPTION_ROWS) {
    index++;
    const place = commands[command];
    if (given[index] !== true) {
      if (place !== "required") continue;
      throw new IpvsadmFailure(`You need to supply the '${name}' option for the '${command}' command`);
    }
    if (place === undefined) throw new IpvsadmFailure(`Illegal '${name}' option with the '${command}' command`);
    if (place !== "exclusive") continue;
    if (exclusive !== undefined) {
      throw new IpvsadmFailure(
        `The option '${name}' conflicts with the '${exclusive}' option in the '${command}' command`,
      );
    }
    exclusive = name;
  }
}

/** The options of each encapsulation, in the order of the checks. */
const TUNNEL_ROWS = [
  { name: "tun-port", places: { gue: "required" } },
  { name: "tun-nocsum", places: { gue: "exclusive", gre: "exclusive" } },
  { name: "tun-csum", places: { gue: "exclusive", gre: "exclusive" } },
  { name: "tun-remcsum", places: { gue: "exclusive" } },
] as const;

type TunnelPlaces = Readonly<Partial<Record<"ipip" | "gue" | "gre", "required" | "exclusive">>>;

/**
 * Checks a tunnel's options against its type.
 *
 * @param type The type.
 * @param isGiven Whether the option of a name is given.
 * @throws {IpvsadmFailure} For the first row that is violated.
 */
export function checkTunnel(type: "ipip" | "gue" | "gre", isGiven: (name: string) => boolean): void {
  let exclusive: string | undefined;
  for (const { name, places } of TUNNEL_ROWS) {
    const place = (places as TunnelPlaces)[type];
    if (!isGiven(name)) {
      if (place !== "required") continue;
      throw new IpvsadmFailure(`You need to supply the '${name}' option for the '${type}' tunnel type`);
    }
    if (place === undefined) throw new IpvsadmFailure(`Illegal '${name}' option with the '${type}' tunnel type`);
    if (place !== "exclusive") continue;
    if (exclusive !== undefined) {
      throw new IpvsadmFailure(
        `The option '${name}' conflicts with the '${exclusive}' option in the '${type}' tunnel type`,
      );
    }
    exclusive = name;
  }
}
