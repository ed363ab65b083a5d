import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { readRegularFile } from "../../core/files/mod.ts";
import { Logins } from "../../core/http/mod.ts";
import {
  formatListenAddress,
  isLocalListenAddress,
  type ListenAddress,
  type MetricLevel,
  type MetricsSettings,
  visible,
} from "../../core/model/mod.ts";

/** The settings of the pages. */
export interface SiteSettings {
  /** The address to listen at. */
  readonly address: ListenAddress;
  /** The host names in addition to localhost and IP addresses, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** The logins; undefined if none is necessary. */
  readonly logins: Logins | undefined;
  /** How much of the table is in a scrape that does not say it; undefined for a choice by its size. */
  readonly level?: MetricLevel | undefined;
}

/**
 * Prepares the settings of the pages, of options or of a file.
 *
 * @throws {LvsctlError} If the logins cannot be read, or if every user of the network could read the pages.
 */
export function readSiteSettings(
  { listen, allowHosts, loginFile, level }: MetricsSettings & { readonly listen: ListenAddress },
): SiteSettings {
  if (!isLocalListenAddress(listen) && loginFile === undefined) {
    throw new LvsctlError("every user of the network could read the status there", {
      operation: "listen at",
      object: formatListenAddress(listen),
      hint: "add --login-file FILE, or listen at 127.0.0.1 and let a proxy ask for a login",
      exitCode: EXIT.usage,
    });
  }
  return {
    address: listen,
    hosts: new Set(allowHosts.map((host) => host.toLowerCase())),
    logins: loginFile === undefined ? undefined : readLogins(loginFile),
    level,
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
