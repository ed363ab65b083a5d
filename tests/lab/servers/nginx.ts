/**
 * nginx: HTTP, and HTTPS if it gets a certificate.
 *
 * @module
 */
import type { Certificate } from "./certificate.ts";
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/** How it is to serve. */
export interface NginxOptions {
  /** The port for HTTP. */
  readonly port: number;
  /** HTTPS besides. */
  readonly tls?: { readonly port: number; readonly certificate: Certificate };
}

/** The size of `/large`. */
export const LARGE_BYTES = 1 << 20;

/**
 * Starts one. `/` is its name, `/large` a file; `/scheme` tells `http` or `https`.
 *
 * @param place where
 * @param options ports and certificate
 * @returns the server, once it listens
 */
export async function startNginx(place: ServerPlace, { port, tls }: NginxOptions): Promise<RunningServer> {
  const secure = tls === undefined ? "" : `listen ${place.address}:${tls.port} ssl;
    ssl_certificate ${tls.certificate.certificate};
    ssl_certificate_key ${tls.certificate.key};`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const home = await makeHome(`nginx-${place.name}`, [
    { path: "www/index.html", text: `${place.name}\n` },
    { path: "www/large", text: "x".repeat(LARGE_BYTES) },
    {
      path: "nginx.conf",
      text: `user root;
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${kind};`).join(" ")}
  server {
    listen ${place.address}:${port};
    ${secure}
    root www;
    location = /scheme { return 200 "$scheme\\n"; }
  }
}
`,
    },
  ]);
  const process = place.start(["nginx", "-p", home, "-c", "nginx.conf", "-e", "stderr"]);
  await untilListening(process, tls?.port ?? port);
  return { process, home };
}
