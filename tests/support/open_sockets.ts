import type { ServerId } from "../../core/model/mod.ts";

/**
 * Counts the sockets that are open and connected, or connecting, to the port of a test's own server, by the kernel's
 * list. Tests that run beside this one have other servers, so that theirs are not among them.
 */
export function openSocketsTo({ port }: ServerId): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => Deno.readTextFileSync(path).trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    // A socket that was closed and still says goodbye has no inode.
    .filter(([, , remote = "", , , , , , , inode]) => remote.endsWith(suffix) && inode !== "0")
    .length;
}
