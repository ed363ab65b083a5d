/**
 * Talking to a peer: connections, TLS, answers, traces of what both sides say.
 *
 * @module
 */

export { AnswerError, type AnswerReader } from "./answer_reader.ts";
export { ProbeConnection } from "./connection.ts";
export { type BodyFraming, type HttpHead, readHttpBody, readHttpHead } from "./http_answer.ts";
export { type DatagramSocket, isOrdinary, type Network } from "./network.ts";
export type { ProbeOutcome, ProberOptions, ProbeTarget } from "./outcome.ts";
export { describeReply, expectReply, readReply, type Reply } from "./reply.ts";
export { base64, plainCredentials } from "./sasl.ts";
export { converse, explain, MAX_CONVERSATION_BYTES, needNetwork, type Session } from "./session.ts";
export { greetSmtp, offers } from "./smtp_greeting.ts";
export { type Trace, type TraceEntry, traceSocket } from "./trace.ts";
