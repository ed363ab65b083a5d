import type { Login } from "../model/mod.ts";

/** Text in UTF-8 and base64. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** What the mechanism PLAIN (RFC 4616) sends. */
export function plainCredentials({ user, password }: Login): string {
  return base64(`\0${user}\0${password}`);
}
