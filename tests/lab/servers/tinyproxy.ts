/**
 * Tinyproxy: an HTTP proxy.
 *
 * @module
 */
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/**
 * Starts one. It tells its name in the header `Via` of each response.
 *
 * @param place where
 * @param port which
 * @returns the server, once it listens
 */
export async function startTinyproxy(place: ServerPlace, port: number): Promise<RunningServer> {
  const home = await makeHome(`tinyproxy-${place.name}`, [{
    path: "tinyproxy.conf",
    text: `Port ${port}
Listen ${place.address}
ViaProxyName "${place.name}"
Timeout 60
MaxClients 20
LogLevel Error
`,
  }]);
  const process = place.start(["tinyproxy", "-d", "-c", `${home}/tinyproxy.conf`]);
  await untilListening(process, port);
  return { process, home };
}
