/** First code unit that stands for a byte which is not UTF-8: a lone surrogate, which no decoded text contains. */
const FIRST = 0xdc00;

const RAW = /[\udc80-\udcff]/;

/** The length of the UTF-8 sequence at a position; 0 if the bytes are not UTF-8. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length < 2) return length;
  const second = bytes[at + 1] ?? 0;
  const [low, high] = first === 0xe0
    ? [0xa0, 0xbf]
    : first === 0xed
    ? [0x80, 0x9f]
    : first === 0xf0
    ? [0x90, 0xbf]
    : first === 0xf4
    ? [0x80, 0x8f]
    : [0x80, 0xbf];
  if (second < low || second > high) return 0;
  for (let next = at + 2; next < at + length; next++) if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** Decodes the file of another program: bytes that are not UTF-8 stay recognizable, each as one character. */
export function decodeBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let start = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += decoder.decode(bytes.subarray(start, at)) + String.fromCharCode(FIRST + (bytes[at] ?? 0));
    at++;
    start = at;
  }
  return text + decoder.decode(bytes.subarray(start));
}

/** Describes the first byte of a text that is not UTF-8: "0xe9"; undefined if there is none. */
export function rawByteIn(text: string): string | undefined {
  const [character] = RAW.exec(text) ?? [];
  return character === undefined ? undefined : `0x${(character.charCodeAt(0) - FIRST).toString(16)}`;
}
