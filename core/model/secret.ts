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

/** Keys whose valid values hold no secret, or one among other text, but whose mistakes may. */
const CARRIERS: ReadonlySet<string> = new Set([
  "login",
  "auth",
  "proxy",
  "url",
  "header",
  "headers",
  "environment",
  "body",
  "send",
]);

/** Whether messages about the value of a key must not show it: a secret key, or one whose value may contain a secret. */
export function mayHoldSecret(key: string): boolean {
  return CARRIERS.has(key) || isSecretKey(key);
}

/**
 * The text with {@linkcode MASK} in place of what is a secret wherever it stands: user and password of a URL, the query
 * of a URL, credentials of an Authorization header.
 */
export function maskText(text: string): string {
  return text.split('"').map(maskUser).join('"')
    .replace(/([?#&][\w.~-]+=)[^"]*/g, (_query, start: string) => `${start}${MASK}`)
    .replace(/\b(bearer|basic) +[^\s"]+/gi, (credentials, scheme: string) => {
      // A short lower-case word is English: "for basic authorization".
      return /^[a-z]+$/.test(credentials.slice(scheme.length).trim()) ? credentials : `${scheme} ${MASK}`;
    });
}

/** The value of an option or assignment with the name of a secret: `--password X`, `token=X`. */
const SECRET_ARGUMENT =
  /((?:^|[\s"'])-{0,2}[\w-]{0,40}(?:passw|passphrase|secret|token|bearer|credential|api[_-]?key)[\w-]{0,40})(=|\s+)["']?[^\s"']+/gi;

/** The text of a command line with {@linkcode MASK} in place of arguments that are secrets by their names. */
export function maskArguments(text: string): string {
  return text.replace(SECRET_ARGUMENT, (_whole, name: string, sign: string) => `${name}${sign}${MASK}`);
}

/**
 * The beginning of text whose meaning is unknown: its first word at most, because the rest of a line of a wrong file may be
 * a secret, as in a file of passwords. Dots follow if it is shorter than the text.
 */
export function firstWord(text: string): string {
  const [word = ""] = /^(?:\$\{\w*\}|[^:=$@/?]){0,40}/.exec(text) ?? [];
  return word === text ? text : `${word}...`;
}

/** Masks from the first `//` to the last `@`. A regular expression for this takes quadratic time for many slashes. */
function maskUser(text: string): string {
  const start = text.indexOf("//");
  const end = text.lastIndexOf("@");
  return start >= 0 && end >= start + 2 ? `${text.slice(0, start)}//${MASK}${text.slice(end)}` : text;
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
