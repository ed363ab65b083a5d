/** Sends a request: `fetch`, or a fake one of a test. */
export type Fetch = (
  url: string,
  init: {
    readonly method: "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** The certificates for TLS, as text. */
export interface TlsFiles {
  /** Certificates of authorities in PEM, in place of the machine's. */
  readonly ca?: string | undefined;
  /** The client's certificate in PEM. */
  readonly certificate?: string | undefined;
  /** The key of the client's certificate in PEM. */
  readonly key?: string | undefined;
}

/** Connections to web servers; the owner closes them. */
export interface HttpConnections extends Disposable {
  /** Sends a request. */
  readonly fetch: Fetch;
}

/** Opens connections of their own, so that closing them ends every request. */
export function openHttp({ ca, certificate, key }: TlsFiles = {}): HttpConnections {
  const client = Deno.createHttpClient({
    ...(ca === undefined ? {} : { caCerts: [ca] }),
    ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
  });
  return {
    fetch: (url, init) => fetch(url, { ...init, client, redirect: "error" }),
    [Symbol.dispose]: () => client.close(),
  };
}
