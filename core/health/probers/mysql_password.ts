import { joined } from "./md5.ts";

async function digest(
  algorithm: "SHA-1" | "SHA-256",
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
}

function xor(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(one, (byte, index) => byte ^ (other[index % other.length] ?? 0));
}

/** The proof of `mysql_native_password` for a password and the server's 20 random bytes. */
export async function nativePassword(password: string, salt: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (password === "") return new Uint8Array();
  const once = await digest("SHA-1", new TextEncoder().encode(password));
  return xor(once, await digest("SHA-1", joined(salt, await digest("SHA-1", once))));
}

/** The first proof of `caching_sha2_password`. */
export async function cachingSha2Password(password: string, salt: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (password === "") return new Uint8Array();
  const once = await digest("SHA-256", new TextEncoder().encode(password));
  return xor(once, await digest("SHA-256", joined(await digest("SHA-256", once), salt)));
}

/** The password, encrypted with the server's public key (PEM), for a server without a cached login. */
export async function encryptedPassword(
  password: string,
  keys: { readonly salt: Uint8Array; readonly publicKey: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const base64 = keys.publicKey.replace(/-----[^-]+-----|\s/g, "");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("spki", bytes, { name: "RSA-OAEP", hash: "SHA-1" }, false, ["encrypt"]);
  const hidden = xor(new TextEncoder().encode(`${password}\0`), keys.salt);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "RSA-OAEP" }, key, hidden));
}
