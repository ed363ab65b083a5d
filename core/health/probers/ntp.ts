import { type CheckPath, formatDuration, type NtpCheck, type ServerId } from "../../model/mod.ts";
import { exchangeDatagrams } from "./datagrams.ts";
import type { ExchangeOptions, Outcome } from "../../net/mod.ts";

/** Time from 1900, the epoch of NTP, to 1970; seconds. */
const EPOCH_SECONDS = 2_208_988_800;

const PACKET_BYTES = 48;
const VERSION_4_CLIENT = 0x23;
const MODE_SERVER = 4;
const LEAP_UNSYNCHRONISED = 3;
const ORIGIN_OFFSET = 24;
const RECEIVE_OFFSET = 32;
const TRANSMIT_OFFSET = 40;

function timeOfDayMs(): number {
  return performance.timeOrigin + performance.now();
}

/** A timestamp of a packet; milliseconds since 1970. */
function readTime(view: DataView, offset: number): number {
  return (view.getUint32(offset) - EPOCH_SECONDS) * 1000 + (view.getUint32(offset + 4) / 2 ** 32) * 1000;
}

function judge(
  datagram: Uint8Array,
  sent: { readonly view: DataView; readonly check: NtpCheck },
): Outcome | undefined {
  if (datagram.length < PACKET_BYTES) return undefined;
  const answer = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const first = answer.getUint8(0);
  // A server repeats the timestamp of the request, which identifies its answer.
  if ((first & 7) !== MODE_SERVER) return undefined;
  if (answer.getBigUint64(ORIGIN_OFFSET) !== sent.view.getBigUint64(TRANSMIT_OFFSET)) return undefined;
  const stratum = answer.getUint8(1);
  const { maxStratum, maxOffsetMs } = sent.check;
  if (stratum === 0) {
    const code = String.fromCharCode(...datagram.subarray(12, 16)).replace(/[^A-Z]/g, "");
    return { ok: false, reason: `server refuses the request${code === "" ? "" : ` (${code})`}` };
  }
  if (first >> 6 === LEAP_UNSYNCHRONISED || stratum > 15) return { ok: false, reason: "server is not synchronised" };
  if (stratum > maxStratum) return { ok: false, reason: `stratum ${stratum}, expected ${maxStratum} at most` };
  const began = readTime(sent.view, TRANSMIT_OFFSET);
  const offsetMs = (readTime(answer, RECEIVE_OFFSET) - began + readTime(answer, TRANSMIT_OFFSET) - timeOfDayMs()) / 2;
  const shown = `${offsetMs < 0 ? "-" : "+"}${Math.abs(offsetMs).toFixed(1)}ms`;
  if (maxOffsetMs !== undefined && Math.abs(offsetMs) > maxOffsetMs) {
    return { ok: false, reason: `time is ${shown} from here, expected ${formatDuration(maxOffsetMs)} at most` };
  }
  return { ok: true, detail: `stratum ${stratum}, ${shown}` };
}

/** The `ntp` prober: the server is synchronised, of a good stratum and, optionally, near this machine's time. */
export function probeNtp(
  target: ServerId,
  check: NtpCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const view = new DataView(new ArrayBuffer(PACKET_BYTES));
  return exchangeDatagrams({
    target,
    check,
    options,
    request: (): Uint8Array => {
      const now = timeOfDayMs();
      const [noise = 0] = crypto.getRandomValues(new Uint16Array(1));
      view.setUint8(0, VERSION_4_CLIENT);
      view.setUint32(TRANSMIT_OFFSET, Math.floor(now / 1000) + EPOCH_SECONDS);
      // Random last bits, below a microsecond, protect against forged answers.
      view.setUint32(TRANSMIT_OFFSET + 4, (Math.floor(((now % 1000) / 1000) * 2 ** 16) * 65536 + noise) >>> 0);
      return new Uint8Array(view.buffer);
    },
    judge: (datagram) => judge(datagram, { view, check }),
  });
}
