/** The longest message, also of several lines: etcd's own limit of a request, in base64, with room for its frame. */
const MAX_MESSAGE = 4 * 1024 * 1024;

/**
 * The chunks of a body, until the signal is aborted. An aborted request alone does not always end its body: a reader that
 * waits at that moment may wait for ever.
 *
 * @throws {unknown} The reason of the signal.
 */
async function* chunks(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => {});
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await Promise.race([reader.read(), aborted]);
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Without waiting: the peer may be away.
    void reader.cancel().catch(() => {});
  }
}

/** Reads a body whose every line is one JSON value, until the signal is aborted. */
export async function* jsonLines(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks(body, signal)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_MESSAGE) throw new SyntaxError("A message is too long");
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield JSON.parse(line);
  }
}

/**
 * Reads a whole body of bounded length.
 *
 * @throws {RangeError} If it is longer.
 */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<string> {
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  if (body === null) return text;
  for await (const chunk of chunks(body, signal)) {
    length += chunk.length;
    if (length > maxBytes) throw new RangeError(`The answer is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
