/**
 * dnsmasq: DNS over UDP and TCP, for one name.
 *
 * @module
 */
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/** The name that it knows. */
export const DNS_NAME = "server.lab";

/**
 * Starts one on port 53. {@linkcode DNS_NAME} has its address as A, and its name as TXT record.
 *
 * @param place where
 * @returns the server, once it listens
 */
export async function startDnsmasq(place: ServerPlace): Promise<RunningServer> {
  const home = await makeHome(`dnsmasq-${place.name}`, []);
  const process = place.start([
    ...["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--user=root"],
    ...[`--pid-file=${home}/pid`, "--no-resolv", "--no-hosts", "--bind-interfaces", "--except-interface=lo"],
    ...[`--listen-address=${place.address}`, "--local=/lab/", `--host-record=${DNS_NAME},${place.address}`],
    `--txt-record=${DNS_NAME},${place.name}`,
  ]);
  await untilListening(process, 53);
  await untilListening(process, 53, { protocol: "udp" });
  return { process, home };
}
