/** What is printed in place of a secret. */
export const MASK = "********";

const SECRET_WORD =
  /(?:^|_)(?:password|passwd|passphrase|secret|secrets|token|bearer|credentials|authorization|cookie|private_key|api_key)$/;

/**
 * Whether the value under a key must never be printed: by the key's last word, in a file (`bind_password`), in the model
 * (`bindPassword`) and in a header (`X-Api-Key`). A path that leads to a secret (`password_file`) is none itself.
 */
export function isSecretKey(key: string): boolean {
  return SECRET_WORD.test(key.replace(/(?<=[a-z\d])(?=[A-Z])/g, "_").replaceAll("-", "_").toLowerCase());
}

/** A copy of a value of any depth with {@linkcode MASK} for everything under a secret key: for whatever prints it. */
export function maskSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSecretKey(key) && item !== undefined && item !== null ? MASK : maskSecrets(item),
    ]),
  );
}
