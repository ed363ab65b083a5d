/** Number of edits between two words: insertions, deletions, replacements and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/**
 * The candidate that is most similar to a word.
 *
 * @returns `undefined` if every candidate needs more than two edits, or edits of half of the word.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const plain = word.toLowerCase().replaceAll("-", "_");
  let best: string | undefined;
  let least = Math.min(3, Math.ceil(plain.length / 2));
  for (const candidate of candidates) {
    const distance = editDistance(plain, candidate.toLowerCase().replaceAll("-", "_"));
    if (distance >= least) continue;
    best = candidate;
    least = distance;
  }
  return best;
}

/** The end of a message about an unknown word: `; did you mean "wlc"?`, or nothing if no candidate is similar. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const guess = nearest(word, candidates);
  return guess === undefined ? "" : `; did you mean "${guess}"?`;
}
