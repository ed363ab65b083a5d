/**
 * Loss of packets that looks random and is the same in every run, by rules of the firewall.
 *
 * @module
 */
import { mustRun } from "./namespace.ts";
import { SeededRandom } from "./random.ts";

/** A pattern of loss, which repeats after as many packets as it has. */
export type LossPattern = readonly boolean[];

/** Makes a pattern. */
export function lossPattern(
  seed: number,
  { percent, packets }: { readonly percent: number; readonly packets: number },
): LossPattern {
  const random = new SeededRandom(seed);
  return Array.from({ length: packets }, () => random.below(100) < percent);
}

/** The lengths of the series of lost packets, one after the other. */
export function lostSeries(pattern: LossPattern): readonly number[] {
  const text = pattern.map((isLost) => isLost ? "x" : ".").join("");
  return [...text.matchAll(/x+/g)].map(([series]) => series.length);
}

/**
 * Lets a host lose packets of VRRP that it receives.
 *
 * @param namespace The host.
 * @param pattern Which ones.
 */
export async function losePackets(namespace: string, pattern: LossPattern): Promise<void> {
  // A rule that drops a packet hides it from the counters of those after it, so that all of them only mark it.
  const every = `-A PREROUTING -p 112 -m statistic --mode nth --every ${pattern.length}`;
  const marks = pattern.flatMap((isLost, at) => isLost ? [`${every} --packet ${at} -j MARK --set-mark 112`] : []);
  const rules = ["*mangle", ...marks, "-A PREROUTING -p 112 -m mark --mark 112 -j DROP", "COMMIT", ""];
  await mustRun(["ip", "netns", "exec", namespace, "iptables-legacy-restore"], { stdin: rules.join("\n") });
}

/** Ends the loss. */
export async function losePacketsNoLonger(namespace: string): Promise<void> {
  await mustRun(["ip", "netns", "exec", namespace, "iptables-legacy", "-t", "mangle", "-F"]);
}
