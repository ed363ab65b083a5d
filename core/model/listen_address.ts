import { EXIT, LvsctlError } from "../errors/mod.ts";
import { formatEndpoint, type IpAddress, parseEndpoint } from "./address.ts";
import { visible } from "./text.ts";

/** Where an HTTP server listens. */
export type ListenAddress =
  | {
    /** A socket in the file system. */
    readonly transport: "unix";
    /** Its path. */
    readonly path: string;
  }
  | {
    /** A port. */
    readonly transport: "tcp";
    /** The address. */
    readonly hostname: IpAddress;
    /** The port. */
    readonly port: number;
  };

/**
 * Reads where to listen: `unix:/PATH`, `IP:PORT`, or `localhost:PORT`.
 *
 * @throws {LvsctlError} If the text has another form.
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, path] = /^(?:unix:)?(\/.*[^/])$/s.exec(text) ?? [];
  if (path !== undefined) return { transport: "unix", path };
  try {
    const { address, port } = parseEndpoint(text.replace(/^localhost:/i, "127.0.0.1:"));
    if (port !== 0) return { transport: "tcp", hostname: address, port };
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
  }
  throw new LvsctlError(`"${visible(text)}" is not an address to listen at`, {
    hint: "write IP:PORT as in 127.0.0.1:9180, or unix:/PATH",
    exitCode: EXIT.usage,
  });
}

/** The address as a URL, or the path of the socket. */
export function formatListenAddress(address: ListenAddress): string {
  return address.transport === "unix"
    ? `unix:${visible(address.path)}`
    : `http://${formatEndpoint(address.hostname, address.port)}`;
}

/** Whether only users of this machine reach an address. */
export function isLocalListenAddress(address: ListenAddress): boolean {
  return address.transport === "unix" || address.hostname === "::1" || address.hostname.startsWith("127.");
}
