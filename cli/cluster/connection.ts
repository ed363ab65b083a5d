import { ClusterStore } from "../../core/cluster/mod.ts";
import { asLvsctlError, EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { EtcdClient, type Login, openHttp, parseStoreUrl, type StoreUrl } from "../../core/etcd/mod.ts";
import { readRegularFile } from "../../core/files/mod.ts";
import { pathText } from "../../core/model/mod.ts";
import type { Clock } from "../../core/time/mod.ts";
import type { StoreOptions } from "../options/store_options.ts";

/** Bits of a file's mode: others than its owner may read or write it. */
const OTHERS = 0o077;

/** A connection to the store of a cluster; the owner closes it. */
export interface StoreConnection extends Disposable {
  /** The store. */
  readonly store: ClusterStore;
  /** Its address. */
  readonly url: StoreUrl;
}

/**
 * Prepares the connection to a store; the first request opens it.
 *
 * @param address The address: `etcd://HOST/PREFIX`.
 * @param options The options of the command line.
 * @param clock The source of time.
 * @throws {LvsctlError} If the address or an option is not valid, or a file cannot be read.
 */
export function openStore(
  address: string,
  { clock, ...options }: StoreOptions & { readonly clock: Clock },
): StoreConnection {
  const url = parseStoreUrl(address);
  const { storeCa, storeCert, storeKey, storeLogin } = options;
  const usesTls = storeCa !== undefined || storeCert !== undefined || storeKey !== undefined;
  if (usesTls && !url.isSecure) {
    throw refusal(url, "certificates need TLS", `write the address as ${url.text.replace("etcd:", "etcds:")}`);
  }
  if ((storeCert === undefined) !== (storeKey === undefined)) {
    throw refusal(url, "a certificate needs its key", "name both --store-cert and --store-key");
  }
  const http = openConnections(url, {
    ca: readText(storeCa),
    certificate: readText(storeCert),
    key: readText(storeKey, { isSecret: true }),
  });
  try {
    const login = storeLogin === undefined ? undefined : readLogin(storeLogin);
    const etcd = new EtcdClient(url, { fetch: http.fetch, clock, login });
    return { store: new ClusterStore(etcd, url), url, [Symbol.dispose]: () => http[Symbol.dispose]() };
  } catch (error) {
    http[Symbol.dispose]();
    throw error;
  }
}

function openConnections(url: StoreUrl, files: Parameters<typeof openHttp>[0]): ReturnType<typeof openHttp> {
  try {
    return openHttp(files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refusal(url, `a certificate or its key is not valid: ${reason}`, "write them in PEM");
  }
}

function readLogin(path: string): Login {
  const text = readText(path, { isSecret: true }) ?? "";
  const [, user, password] = /^([^:\n]+):([^\n]+)\n?$/.exec(text) ?? [];
  if (user !== undefined && password !== undefined) return { user, password };
  throw new LvsctlError("it is not one line USER:PASSWORD", {
    operation: "read the login of",
    object: pathText(path),
    exitCode: EXIT.usage,
  });
}

function readText(path: string | undefined, { isSecret = false } = {}): string | undefined {
  if (path === undefined) return undefined;
  const about = { operation: "read", object: pathText(path), exitCode: EXIT.usage };
  try {
    const text = new TextDecoder().decode(readRegularFile(path, { exitCode: EXIT.usage }));
    if (!isSecret || ((Deno.statSync(path).mode ?? 0) & OTHERS) === 0) return text;
  } catch (error) {
    throw asLvsctlError(error, about);
  }
  throw new LvsctlError("other users may read it", { ...about, hint: `run "chmod 600 ${pathText(path)}"` });
}

function refusal({ text }: StoreUrl, reason: string, hint: string): LvsctlError {
  return new LvsctlError(reason, { operation: "use the store", object: text, hint, exitCode: EXIT.usage });
}
