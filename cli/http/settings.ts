import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readRegularFile } from "../../core/files/mod.ts";
import { formatListenAddress, isLocal, type ListenAddress, Logins, parseListenAddress } from "../../core/http/mod.ts";
import { visible } from "../../core/model/mod.ts";

/** The settings of the pages. */
export interface SiteSettings {
  /** The address to listen at. */
  readonly address: ListenAddress;
  /** The host names in addition to localhost and IP addresses, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** The logins; undefined if none is necessary. */
  readonly logins: Logins | undefined;
}

/**
 * Reads the options of the pages.
 *
 * @param address Where to listen.
 * @param options.hosts Host names to answer for.
 * @param options.loginFile The file with the logins.
 * @throws {LvsctlError} If one is not valid, or if every user of the network could read the pages.
 */
export function readSiteSettings(
  address: string,
  options: { readonly hosts: readonly string[]; readonly loginFile: string | undefined },
): SiteSettings {
  const { hosts, loginFile } = options;
  const parsed = parseListenAddress(address);
  if (!isLocal(parsed) && loginFile === undefined) {
    throw new LvsctlError("every user of the network could read the status there", {
      operation: "listen at",
      object: formatListenAddress(parsed),
      hint: "add --login-file FILE, or listen at 127.0.0.1 and let a proxy ask for a login",
      exitCode: EXIT.usage,
    });
  }
  return {
    address: parsed,
    hosts: new Set(hosts.map((host) => host.toLowerCase())),
    logins: loginFile === undefined ? undefined : readLogins(loginFile),
  };
}

function readLogins(path: string): Logins {
  const about = { operation: "read the logins of", object: visible(path), exitCode: EXIT.usage };
  try {
    const text = new TextDecoder().decode(readRegularFile(path, { exitCode: EXIT.usage }));
    if (((Deno.statSync(path).mode ?? 0) & 0o077) !== 0) {
      throw new LvsctlError("other users may read it", { ...about, hint: `run "chmod 600 ${visible(path)}"` });
    }
    return Logins.parse(text);
  } catch (error) {
    if (error instanceof LvsctlError && error.operation !== "") throw error;
    if (error instanceof LvsctlError) throw new LvsctlError(error.message, about);
    throw asLvsctlError(error, about);
  }
}
