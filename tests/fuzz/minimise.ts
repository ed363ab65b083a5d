/** Whether an input still shows the failure. */
export type StillFails = (input: Uint8Array) => Promise<boolean>;

/** Most attempts for one input. */
const MAX_ATTEMPTS = 3000;

/**
 * Removes all parts of a failing input that the failure does not need.
 *
 * @param input The input.
 * @param fails Runs a smaller one.
 * @param options.maxAttempts Most inputs to run.
 * @returns The smallest failing input that was found.
 */
export async function minimise(
  input: Uint8Array,
  fails: StillFails,
  options: { readonly maxAttempts?: number } = {},
): Promise<Uint8Array> {
  let left = options.maxAttempts ?? MAX_ATTEMPTS;
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1 && left > 0;) {
    let isSmaller = false;
    for (let at = 0; at < smallest.length && left > 0;) {
      const candidate = new Uint8Array([...smallest.subarray(0, at), ...smallest.subarray(at + size)]);
      left--;
      if (await fails(candidate)) {
        smallest = candidate;
        isSmaller = true;
      } else at += size;
    }
    // Single bytes are tried again, since removing one can make another superfluous.
    if (size > 1) size = Math.floor(size / 2);
    else if (!isSmaller) break;
  }
  return smallest;
}
