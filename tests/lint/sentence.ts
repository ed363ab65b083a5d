/** A contraction: "isn't", "it's", "can't", "you'll". A genitive ("the kernel's") is not. */
export const CONTRACTION =
  /\b(\w+n't|(it|that|there|what|who|he|she|here|where|how)'s|(i|you|we|they)'(re|ve|ll|d|m)|let's)\b/i;

/** Whether a text begins with a capital that is not a name's or an abbreviation's: "The file", not "IPVS" or "Linux". */
export function startsWithCapital(text: string): boolean {
  const [word = ""] = /^[\w.-]+/.exec(text) ?? [];
  return /^[A-Z]([a-z]*|[a-z]+n't)$/.test(word) && !NAMES.has(word);
}

/** Words that have their capital everywhere. */
const NAMES = new Set([
  "Linux",
  "Deno",
  "Debian",
  "Docker",
  "Kubernetes",
  "Netlink",
  "Ctrl-C",
  "Message",
  "Status-Server",
  "Perl",
]);
