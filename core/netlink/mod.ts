/**
 * Netlink without a kernel: framing, attributes by table, requests, dumps and batches over a {@linkcode Transport}.
 *
 * @module
 */

export { AttributeDecoder } from "./attribute_decoder.ts";
export {
  type AttributeKinds,
  type AttributeSpec,
  type AttributeTable,
  type AttributeValues,
  decodeAttributes,
  encodeAttributes,
} from "./attributes.ts";
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
