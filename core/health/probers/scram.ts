import { AnswerError } from "../../net/mod.ts";

/** Most rounds, more than servers request: each of them costs time. */
const MAX_ROUNDS = 200_000;

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encode(text)));
}

/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. */
export class ScramClient {
  readonly #password: string;
  readonly #nonce = toBase64(crypto.getRandomValues(new Uint8Array(18)));
  #expected = "";

  /** Begins a login; PostgreSQL sends the user's name outside of SCRAM. */
  constructor(password: string) {
    this.#password = password;
  }

  /** The first message. */
  get first(): string {
    return `n,,${this.#firstBare}`;
  }

  get #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }

  /**
   * Returns the second message.
   *
   * @throws {AnswerError} If the server's answer to the first is broken.
   */
  async second(answer: string): Promise<string> {
    const [, nonce = "", salt = "", digits = ""] = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})$/.exec(answer) ?? [];
    const rounds = Number(digits);
    if (!nonce.startsWith(this.#nonce) || !(rounds >= 1 && rounds <= MAX_ROUNDS)) {
      throw new AnswerError("server's part of the login is broken");
    }
    const key = await crypto.subtle.importKey("raw", encode(this.#password.normalize("NFKC")), "PBKDF2", false, [
      "deriveBits",
    ]);
    const salted = new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: "PBKDF2", hash: "SHA-256", salt: saltBytes(salt), iterations: rounds },
        key,
        256,
      ),
    );
    const withoutProof = `c=biws,r=${nonce}`;
    const message = `${this.#firstBare},${answer},${withoutProof}`;
    const clientKey = await hmac(salted, "Client Key");
    const stored = new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey));
    const signature = await hmac(stored, message);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    this.#expected = toBase64(await hmac(await hmac(salted, "Server Key"), message));
    return `${withoutProof},p=${toBase64(proof)}`;
  }

  /** Whether the server's last message proves that it knows the password. */
  isGenuine(answer: string): boolean {
    return answer === `v=${this.#expected}`;
  }
}

function saltBytes(salt: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(salt), (character) => character.charCodeAt(0));
  } catch {
    throw new AnswerError("server's part of the login is broken");
  }
}
