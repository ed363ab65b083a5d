import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { SYSTEM_CLOCK } from "../../core/time/mod.ts";
import type { Context } from "../context/context.ts";
import type { StoreOptions } from "../options/store_options.ts";
import { openStore, type StoreConnection } from "./connection.ts";

/** The environment variable with the address of the store. */
const VARIABLE = "LVSCTL_STORE";

/**
 * Prepares the connection to the store that a command line names, or the environment.
 *
 * @throws {LvsctlError} If none is named, or the settings are not valid.
 */
export function chosenStore(
  { surroundings }: Pick<Context, "surroundings">,
  { store, ...options }: StoreOptions & { readonly store?: string | undefined },
): StoreConnection {
  const address = store ?? surroundings.variables(VARIABLE);
  if (address !== undefined && address !== "") return openStore(address, { ...options, clock: SYSTEM_CLOCK });
  throw new LvsctlError("no store is named", {
    hint: `add --store etcd://HOST:2379/PREFIX, or set ${VARIABLE}`,
    exitCode: EXIT.usage,
  });
}
