import { EXIT, LvsctlError } from "../errors/mod.ts";

/** The user names and passwords, and the tokens, that clients can log in with. */
export class Logins {
  /** The values of the header field Authorization, with the scheme in lower case. */
  readonly #accepted: readonly Uint8Array[];

  private constructor(accepted: readonly Uint8Array[]) {
    this.#accepted = accepted;
  }

  /**
   * Reads a file of logins: each line is `USER:PASSWORD`, or `Bearer TOKEN`; empty lines and comments do not count.
   *
   * @throws {LvsctlError} If it has no login, or a line is not one; the message does not show it.
   */
  static parse(text: string): Logins {
    const accepted: Uint8Array[] = [];
    for (const [index, written] of text.split("\n").entries()) {
      const line = written.trim();
      if (line === "" || line.startsWith("#")) continue;
      const [, token] = /^bearer\s+([!-~]+)$/i.exec(line) ?? [];
      if (token === undefined && !/^[^:]+:./.test(line)) {
        throw new LvsctlError(`line ${index + 1} is not a login; write USER:PASSWORD or Bearer TOKEN`, {
          exitCode: EXIT.usage,
        });
      }
      accepted.push(bytesOf(token === undefined ? `basic ${base64(line)}` : `bearer ${token}`));
    }
    if (accepted.length > 0) return new Logins(accepted);
    throw new LvsctlError("the file has no login; write a line USER:PASSWORD or Bearer TOKEN", {
      exitCode: EXIT.usage,
    });
  }

  /** Whether the value of the header field Authorization is a login. */
  accepts(authorization: string | undefined): boolean {
    const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization ?? "") ?? [];
    const given = bytesOf(`${scheme.toLowerCase()} ${value}`);
    // All of them are compared, so that the time does not depend on which one is nearly right.
    return this.#accepted.map((each) => isEqual(each, given)).includes(true);
  }
}

/** Compares in a time that depends on the lengths alone. */
function isEqual(expected: Uint8Array, given: Uint8Array): boolean {
  let difference = expected.length ^ given.length;
  for (const [index, byte] of expected.entries()) difference |= byte ^ (given[index % given.length] ?? 0);
  return difference === 0;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function base64(text: string): string {
  return bytesOf(text).toBase64();
}
