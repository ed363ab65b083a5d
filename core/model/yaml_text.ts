/** Words that a version of YAML does not read as text. */
const RESERVED = /^(?:null|true|false|yes|no|on|off|y|n)$/i;

/** Writes text as a scalar of YAML that every version reads as the same text: in quotes unless it is a plain word. */
export function quoteYaml(text: string): string {
  if (/^[A-Za-z_][\w.-]*$/.test(text) && !RESERVED.test(text)) return text;
  // YAML does not allow some control characters that JSON leaves unescaped.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
