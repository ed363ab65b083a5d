/**
 * What may be changed on a host to make it a real server, as others than lvsctl see it.
 *
 * @module
 */
import { until } from "./director.ts";
import { inNamespace } from "./namespace.ts";

/** One process each; a start is dear in the guest. That no port unpacks anything is an error before a module is there. */
const SCRIPT = `grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf 2>/dev/null
ip -oneline link show
ip -oneline address show
ip route show table all
ip -6 route show table all
ip fou show 2>/dev/null
:`;

/**
 * An interface's settings for IPv6. The kernel adds them for the fallback device of a tunnel when it is brought up for
 * the first time, with no way back; they are those of every new interface then.
 */
const ADDED_BY_KERNEL = /^\/proc\/sys\/net\/ipv6\/conf\/(tunl0|gre0)\//;

/** A cable of a network that has just been made: the kernel takes up to a second to notice that it is plugged in. */
const IS_UNPLUGGED = /^\d+: eth\S+ <\S*\bUP\b\S*> (?!.* state UP )/m;

/**
 * The settings of all interfaces, the interfaces, their addresses, routes and tunnel ports of a namespace, once its
 * cables are plugged in.
 *
 * @param namespace where
 * @returns lines that are the same for the same
 */
export async function hostState(namespace: string): Promise<readonly string[]> {
  let found = "";
  await until(async () => {
    const { stdout, stderr, code } = await inNamespace(namespace, ["sh", "-c", SCRIPT]);
    if (code !== 0 || stderr !== "") throw new Error(`cannot look at ${namespace}: ${stderr}`);
    found = stdout;
    return !IS_UNPLUGGED.test(stdout);
  }, { withinMs: 20_000, what: `the interfaces of ${namespace} are plugged in`, state: () => found });
  return found.split("\n").filter((line) => line !== "" && !ADDED_BY_KERNEL.test(line))
    // An interface that was up once has another queue, which is none.
    .map((line) => line.replace(/ qdisc (noop|noqueue) /, " ")).toSorted();
}
