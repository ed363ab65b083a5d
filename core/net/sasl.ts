import type { Login } from "../model/mod.ts";

/** Text in UTF-8 and base64. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The client's message of the mechanism PLAIN (RFC 4616), in base64. */
export function plainCredentials({ user, password }: Login): string {
  return base64(`\0${user}\0${password}`);
}
