/** The option for the certificates of authorities of a store. */
export const STORE_CA = ["--store-ca <file>", "certificates of the authorities of an etcds:// store, in PEM"] as const;

/** The option for the client's certificate. */
export const STORE_CERT = ["--store-cert <file>", "certificate of this client for the store, in PEM"] as const;

/** The option for the key of the client's certificate. */
export const STORE_KEY = ["--store-key <file>", "key of that certificate, in PEM"] as const;

/** The option for the login. */
export const STORE_LOGIN = ["--store-login <file>", "file with the line USER:PASSWORD for the store"] as const;

/** The values of these options. */
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

/** The option for the address of the store. */
export const STORE = ["--store <address>", "etcd://HOST:2379,HOST2/PREFIX (default: $LVSCTL_STORE)"] as const;

/** The option for the time between two directors. */
export const SOAK_HELP = "time between two directors (default: 30s)";

/** The default of that time; milliseconds. */
export const DEFAULT_SOAK_MS = 30_000;
