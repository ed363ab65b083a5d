/**
 * Netlink without a kernel: framing, attributes by table, requests, dumps and batches over a {@linkcode Transport}.
 *
 * @module
 */

export { AttributeDecoder } from "./attribute_decoder.ts";
export {
  type AttributeSpec,
  type AttributeTable,
  type AttributeValues,
  decodeAttributes,
  encodeAttributes,
} from "./attributes.ts";
export { KernelError, NetlinkConnection } from "./connection.ts";
export { NetlinkDecodeError } from "./decode_error.ts";
export { ERRNO, errnoName } from "./errno.ts";
export { GenericConnection } from "./generic_connection.ts";
export { type Message, NLM_F_CREATE, NLM_F_EXCL } from "./message.ts";
export type { MessageForm } from "./message_form.ts";
export { AttributeReader } from "./reader.ts";
export { type Transport, TransportError } from "./transport.ts";
export { MessageWriter } from "./writer.ts";

export * from "./connection.ts";
export * from "./decode_error.ts";
export * from "./errno.ts";
export * from "./generic_connection.ts";
export * from "./memory.ts";
export * from "./message.ts";
export * from "./message_form.ts";
export * from "./reader.ts";
export * from "./transport.ts";
export * from "./writer.ts";
