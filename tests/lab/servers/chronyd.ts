/**
 * chronyd: an NTP server that goes by the machine's own clock, and leaves it alone.
 *
 * @module
 */
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/**
 * Starts one on port 123.
 *
 * @param place where
 * @param stratum how far it says to be from a clock, 1 to 15: by this servers can be told apart
 * @returns the server, once it listens
 */
export async function startChronyd(place: ServerPlace, stratum: number): Promise<RunningServer> {
  const home = await makeHome(`chronyd-${place.name}`, [{
    path: "chrony.conf",
    text: `bindaddress ${place.address}
allow all
local stratum ${stratum}
cmdport 0
bindcmdaddress /
pidfile /tmp/chronyd-${place.name}/chronyd.pid
`,
  }]);
  const process = place.start(["chronyd", "-d", "-x", "-u", "root", "-f", `${home}/chrony.conf`]);
  await untilListening(process, 123, { protocol: "udp" });
  return { process, home };
}
