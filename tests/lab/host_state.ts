/**
 * What may be changed on a host to make it a real server, as others than lvsctl see it.
 *
 * @module
 */
import { inNamespace } from "./namespace.ts";

const COMMANDS = [
  "ip -oneline link show",
  "ip -oneline address show",
  "ip route show table all",
  "ip -6 route show table all",
  "ip fou show",
] as const;

/**
 * An interface's settings for IPv6. The kernel adds them for the fallback device of a tunnel when it is brought up for
 * the first time, with no way back; they are those of every new interface then.
 */
const ADDED_BY_KERNEL = /^net\.ipv6\.(conf|neigh)\.(tunl0|gre0)\./;

/**
 * Sysctls, interfaces, addresses, routes and tunnel ports of a namespace.
 *
 * @param namespace where
 * @returns lines that are the same for the same
 */
export async function hostState(namespace: string): Promise<readonly string[]> {
  const show = async (command: string): Promise<readonly string[]> => {
    const { stdout } = await inNamespace(namespace, command.split(" "));
    return stdout.split("\n").filter((line) => line !== "");
  };
  const sysctls = (await show("sysctl -a")).filter((line) => /^net\./.test(line) && !ADDED_BY_KERNEL.test(line));
  const others = await Promise.all(COMMANDS.map(show));
  // An interface that was up once has another queue, which is none.
  return [...sysctls, ...others.flat().map((line) => line.replace(/ qdisc (noop|noqueue) /, " "))];
}
