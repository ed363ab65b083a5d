/** Text that is printed in place of a secret. */
export const MASK = "********";

const SECRET_WORD =
  /(?:^|_)(?:password|passwd|passphrase|secret|secrets|token|bearer|credentials|authorization|cookie|private_key|api_key)$/;

/**
 * Whether the value of a key must never be printed. The key's last word decides: in a file (`bind_password`), in the
 * model (`bindPassword`) and in a header (`X-Api-Key`). The path of a secret (`password_file`) is not a secret.
 */
export function isSecretKey(key: string): boolean {
  return SECRET_WORD.test(key.replace(/(?<=[a-z\d])(?=[A-Z])/g, "_").replaceAll("-", "_").toLowerCase());
}

/** A copy of a value of any depth, for printing, with {@linkcode MASK} in place of the value of each secret key. */
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
