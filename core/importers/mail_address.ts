/** An address as lvsctl's file takes it. */
const ADDRESS = /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()\\]{1,255}$/;

/**
 * Reads a mail address, perhaps in quotes or with a display name; a local part alone belongs to this machine.
 *
 * @returns Undefined if it is not an address.
 */
export function readMailAddress(written: string): string | undefined {
  const bare = (/<([^<>]*)>/.exec(written)?.[1] ?? written).trim().replace(/^"([^"]*)"$/, "$1").trim();
  const address = bare.includes("@") ? bare : `${bare}@localhost`;
  return ADDRESS.test(address) ? address : undefined;
}
