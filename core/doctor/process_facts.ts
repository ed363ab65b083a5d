import { CAPABILITIES, type ProcessFacts } from "./facts.ts";

/** Bits of the capabilities (linux/capability.h). */
const CAPABILITY_BITS: Readonly<Record<(typeof CAPABILITIES)[number], number>> = {
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_MODULE: 16,
};

/**
 * Reads the rights of a process.
 *
 * @param status The text of /proc/self/status.
 * @param uidMap The text of /proc/self/uid_map; undefined on kernels without user namespaces.
 * @returns `undefined` if the status does not list the rights.
 */
export function processFacts(status: string, uidMap: string | undefined): ProcessFacts | undefined {
  const [, uid] = /^Uid:\s+\d+\s+(\d+)/m.exec(status) ?? [];
  const [, capabilities] = /^CapEff:\s+([\da-f]+)/m.exec(status) ?? [];
  if (uid === undefined || capabilities === undefined) return undefined;
  const bits = BigInt(`0x${capabilities}`);
  return {
    isRoot: uid === "0",
    capabilities: new Set(CAPABILITIES.filter((name) => (bits >> BigInt(CAPABILITY_BITS[name])) & 1n)),
    // A namespace below never maps the whole range of user ids.
    isInitialUserNamespace: /^\s*0\s+0\s+4294967295\s*$/.test(uidMap ?? "0 0 4294967295"),
  };
}
