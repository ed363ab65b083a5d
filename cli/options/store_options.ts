import type { Command, CommandUnknownOpts } from "./commander.ts";
import { numberArgument } from "./arguments.ts";

/** The values of the options for the connection to a store. */
export interface StoreOptions {
  /** The path of the certificates of authorities. */
  readonly storeCa?: string | undefined;
  /** The path of the client's certificate. */
  readonly storeCert?: string | undefined;
  /** The path of its key. */
  readonly storeKey?: string | undefined;
  /** The path of the file with the login. */
  readonly storeLogin?: string | undefined;
}

/** The values of the options of a command that reads one version of a store in place of a file. */
export interface StoredFileOptions extends StoreOptions {
  /** The number of the version; undefined for the last one. */
  readonly storeVersion?: number | undefined;
}

/** The values of the options of a command about a store. */
export interface NamedStoreOptions extends StoreOptions {
  /** The address of the store. */
  readonly store?: string | undefined;
}

/** The values of options as the library of command lines has them. */
export type OptionValues<T> = { readonly [K in keyof T]: T[K] };

/** Help for the address of a store in place of a file. */
export const STORE_ADDRESS_HELP = "or a store: etcd://HOST:2379,HOST2:2379/PREFIX";

/** Parses the number of a version. */
export const versionArgument: (text: string) => number = numberArgument({ from: 1, to: 999_999_999 });

/** Adds the options for the connection to a store. */
export function withStoreOptions<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
): Command<A, O & OptionValues<StoreOptions>>;
export function withStoreOptions(command: CommandUnknownOpts): CommandUnknownOpts {
  return command
    .option("--store-ca <file>", "certificates of the authorities of an etcds:// store, in PEM")
    .option("--store-cert <file>", "certificate of this client for the store, in PEM")
    .option("--store-key <file>", "key of that certificate, in PEM")
    .option("--store-login <file>", "file with the line USER:PASSWORD for the store");
}

/** Adds the options of a command that reads one version of a store in place of a file. */
export function withStoredFile<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
): Command<A, O & OptionValues<StoredFileOptions>>;
export function withStoredFile(command: CommandUnknownOpts): CommandUnknownOpts {
  return withStoreOptions(command)
    .option("--store-version <number>", "version of the store to read (default: the last one)", versionArgument);
}

/** Adds the options of a command about a store. */
export function withNamedStore<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
): Command<A, O & OptionValues<NamedStoreOptions>>;
export function withNamedStore(command: CommandUnknownOpts): CommandUnknownOpts {
  return withStoreOptions(
    command.option("--store <address>", "etcd://HOST:2379,HOST2/PREFIX (default: $LVSCTL_STORE)"),
  );
}

/** The option for the time between two directors. */
export const SOAK_HELP = "time between two directors (default: 30s)";

/** The default of that time; milliseconds. */
export const DEFAULT_SOAK_MS = 30_000;
