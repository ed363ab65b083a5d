/**
 * Exchanges with a peer: connections, TLS, requests, answers, and traces of what both sides send.
 *
 * @module
 */

export { AnswerError, type AnswerReader } from "./answer_reader.ts";
export { TcpConnection } from "./connection.ts";
export { decodeAnswer, type DnsAnswer, type DnsQuestion, encodeQuery } from "./dns_message.ts";
export { type BodyFraming, headerOf, type HttpHead, readHttpBody } from "./http_answer.ts";
export { HttpHeadParser } from "./http_head_parser.ts";
export { formatHttpRequest, type HttpRequest, type ReadHttpAnswer, sendHttpRequest } from "./http_request.ts";
export { type DatagramSocket, isUnbound, type Network } from "./network.ts";
export { describeNetworkFailure } from "./network_failure.ts";
export type { ExchangeOptions, Outcome } from "./outcome.ts";
export { describeReply, expectReply, readReply, type Reply } from "./reply.ts";
export { plainCredentials } from "./sasl.ts";
export { connect, converse, MAX_CONVERSATION_BYTES, requireNetwork, type Session, toOutcome } from "./session.ts";
export { greetSmtp, offers } from "./smtp_greeting.ts";
export { type Trace, type TraceEntry, traceSocket } from "./trace.ts";
