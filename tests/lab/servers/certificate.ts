/**
 * A certificate for the lab's servers.
 *
 * @module
 */
import { mustRun } from "../namespace.ts";

/** The files of a certificate that signs itself. */
export interface Certificate {
  /** For servers, and for the clients that are to trust them. */
  readonly certificate: string;
  /** The private key. */
  readonly key: string;
}

/**
 * Makes a certificate that is valid for a day.
 *
 * @param host the name of the server
 * @returns its files
 */
export async function makeCertificate(host: string): Promise<Certificate> {
  const directory = await Deno.makeTempDir();
  const files = { certificate: `${directory}/certificate.pem`, key: `${directory}/key.pem` };
  await mustRun([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "1", "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`],
    ...["-keyout", files.key, "-out", files.certificate],
  ]);
  return files;
}
