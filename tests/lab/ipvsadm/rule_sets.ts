/**
 * Large sets of rules in ipvsadm's format.
 *
 * @module
 */

/** How large. */
export interface RuleSetSize {
  /** Virtual services. */
  readonly services: number;
  /** Real servers of each. */
  readonly servers: number;
}

/** The rules, as `ipvsadm -S -n` writes them: in its order, which is also that of the addresses. */
export function ruleSet({ services, servers }: RuleSetSize): string {
  const lines: string[] = [];
  for (let service = 0; service < services; service++) {
    const address = `10.${100 + (service >> 14)}.${(service >> 7) & 127}.${1 + (service & 127)}:80`;
    lines.push(`-A -t ${address} -s wlc`);
    for (let server = 0; server < servers; server++) {
      lines.push(`-a -t ${address} -r 10.1.${server >> 7}.${1 + (server & 127)}:8080 -m -w ${1 + (server & 7)}`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}
