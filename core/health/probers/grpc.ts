import { type CheckPath, formatServerId, type GrpcCheck, printable, type ServerId } from "../../model/mod.ts";
import { AnswerError, converse, type ExchangeOptions, type Outcome, type Session } from "../../net/mod.ts";
import { encodeFields, HeaderDecoder, type HeaderFields } from "./hpack.ts";
import { joined } from "./md5.ts";

/** Types and flags of frames (RFC 9113 6). */
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const CONTINUATION = 9;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const STREAM = 1;
const FRAME_HEADER_BYTES = 9;
/** Setting 2 is whether the server may push. */
const NO_PUSH = Uint8Array.of(0, 2, 0, 0, 0, 0);

/** Largest body, and largest headers, of a health service's answer. */
const MAX_PART_BYTES = 16 * 1024;

/** Serving statuses of grpc.health.v1. */
const SERVING = 1;
const STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** Status codes of gRPC. */
const CODES: Readonly<Record<string, string>> = {
  4: "DEADLINE_EXCEEDED",
  5: "NOT_FOUND",
  7: "PERMISSION_DENIED",
  12: "UNIMPLEMENTED",
  13: "INTERNAL",
  14: "UNAVAILABLE",
  16: "UNAUTHENTICATED",
};

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

function frame(
  type: number,
  options: { readonly flags: number; readonly stream: number; readonly payload: Uint8Array },
): Uint8Array {
  const { flags, stream, payload } = options;
  const { length } = payload;
  const header = [length >> 16, (length >> 8) & 255, length & 255, type, flags, 0, 0, 0, stream];
  return joined(Uint8Array.from(header), payload);
}

async function receive(session: Session): Promise<Frame> {
  const header = (await session.bytes(FRAME_HEADER_BYTES)).slice();
  const view = new DataView(header.buffer);
  const length = view.getUint32(0) >>> 8;
  if (length > MAX_PART_BYTES) throw new AnswerError("answer is not HTTP/2");
  const payload = (await session.bytes(length)).slice();
  return { type: header[3] ?? 0, flags: header[4] ?? 0, stream: view.getUint32(5) & 0x7fffffff, payload };
}

/** The payload of a frame without padding and priority. */
function contents({ type, flags, payload }: Frame): Uint8Array {
  const padding = (flags & PADDED) !== 0 ? payload[0] ?? 0 : 0;
  const start = ((flags & PADDED) !== 0 ? 1 : 0) + (type === HEADERS && (flags & PRIORITY) !== 0 ? 5 : 0);
  return payload.subarray(start, Math.max(start, payload.length - padding));
}

/** Reads the answer to the request: its header fields, with the trailers, and its data. */
async function readAnswer(session: Session): Promise<{ readonly fields: HeaderFields; readonly data: Uint8Array }> {
  const decoder = new HeaderDecoder();
  const fields: HeaderFields = new Map();
  let data = new Uint8Array();
  let block = new Uint8Array();
  let isEnding = false;
  for (let isFirst = true;; isFirst = false) {
    const received = await receive(session);
    const { type, flags, stream, payload } = received;
    // A server's first frame is its settings.
    if (isFirst && type !== SETTINGS) throw new AnswerError("answer is not HTTP/2");
    if (type === SETTINGS && (flags & ACK) === 0) {
      await session.sendBytes(frame(SETTINGS, { flags: ACK, stream: 0, payload: new Uint8Array() }));
    } else if (type === PING && (flags & ACK) === 0) {
      await session.sendBytes(frame(PING, { flags: ACK, stream: 0, payload }));
    } else if (type === GOAWAY) throw new AnswerError("server ends the session");
    else if (stream === STREAM && type === RST_STREAM) throw new AnswerError("server refuses the request");
    else if (stream === STREAM && type === DATA) data = joined(data, contents(received));
    else if (stream === STREAM && (type === HEADERS || type === CONTINUATION)) {
      block = joined(block, contents(received));
      if ((flags & END_HEADERS) !== 0) {
        for (const [name, value] of decoder.decode(block)) fields.set(name, value);
        block = new Uint8Array();
      }
    }
    if (data.length + block.length > MAX_PART_BYTES) throw new AnswerError("answer is longer than 16 KiB");
    isEnding ||= stream === STREAM && (type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0;
    if (isEnding && block.length === 0) return { fields, data };
  }
}

function judge({ fields, data }: { readonly fields: HeaderFields; readonly data: Uint8Array }): Outcome {
  const status = fields.get(":status");
  if (status !== undefined && status !== "200") return { ok: false, reason: `HTTP status ${printable(status, 3)}` };
  const code = fields.get("grpc-status");
  if (code !== undefined && code !== "0") {
    const text = printable(fields.get("grpc-message") ?? "");
    return { ok: false, reason: `gRPC status ${CODES[code] ?? printable(code, 3)}${text === "" ? "" : `: ${text}`}` };
  }
  if (data.length < 5 || data[0] !== 0) return { ok: false, reason: "answer has no message" };
  // Field 1 is a number below 128, and 0 if it is missing.
  const serving = data[5] === 0x08 ? data[6] ?? 0 : 0;
  if (serving === SERVING) return { ok: true, detail: "SERVING" };
  return { ok: false, reason: `${STATUSES[serving] ?? `status ${serving}`}, expected SERVING` };
}

/** The `grpc` and `grpcs` prober: the standard health service reports SERVING. */
export function probeGrpc(
  target: ServerId,
  check: GrpcCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const isEncrypted = check.type === "grpcs";
  return converse(
    { endpoint: target, binding: check, options, tls: isEncrypted ? check.tls : undefined, protocols: ["h2"] },
    async (session) => {
      const name = new TextEncoder().encode(check.serviceName);
      const request = name.length === 0 ? name : joined(Uint8Array.of(0x0a, name.length), name);
      const fields = encodeFields([
        [":method", "POST"],
        [":scheme", isEncrypted ? "https" : "http"],
        [":path", "/grpc.health.v1.Health/Check"],
        [":authority", check.authority ?? formatServerId(target)],
        ["content-type", "application/grpc"],
        ["te", "trailers"],
        ["user-agent", "lvsctl"],
      ]);
      const message = joined(Uint8Array.of(0, 0, 0, 0, request.length), request);
      await session.sendBytes(joined(
        new TextEncoder().encode(PREFACE),
        frame(SETTINGS, { flags: 0, stream: 0, payload: NO_PUSH }),
        frame(HEADERS, { flags: END_HEADERS, stream: STREAM, payload: fields }),
        frame(DATA, { flags: END_STREAM, stream: STREAM, payload: message }),
      ));
      return judge(await readAnswer(session));
    },
  );
}
