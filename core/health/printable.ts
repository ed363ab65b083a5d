const MAX_SHOWN = 80;

/** What a server said, fit for one line of a log: characters beyond ASCII are dots, and what is long is cut. */
export function printable(text: string, maxLength: number = MAX_SHOWN): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
  return short.replace(/[^ -~]/g, ".");
}
