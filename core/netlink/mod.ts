/**
 * Netlink over a {@linkcode Transport}: messages, attributes by table, requests, dumps and batches.
 *
 * @module
 */

export { AttributeDecoder } from "./attribute_decoder.ts";
export type { AttributeSpec, AttributeTable, AttributeValues } from "./attribute_table.ts";
export { decodeAttributes } from "./attributes.ts";
export { KernelError, NetlinkConnection } from "./connection.ts";
export { NetlinkDecodeError } from "./decode_error.ts";
export { ERRNO, errnoName } from "./errno.ts";
export { GenericConnection } from "./generic_connection.ts";
export { type Message, NLM_F_CREATE, NLM_F_EXCL } from "./message.ts";
export type { MessageForm } from "./message_form.ts";
export { AttributeReader } from "./reader.ts";
export { type Transport, TransportError } from "./transport.ts";
export { MessageWriter } from "./writer.ts";
