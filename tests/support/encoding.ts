import { type AttributeTable, type AttributeValues, MessageWriter } from "../../core/netlink/mod.ts";

/** Encodes attributes apart from any message. */
export function encodeNested<T extends AttributeTable>(table: T, values: AttributeValues<T>): Uint8Array {
  const writer = new MessageWriter();
  writer.attributes(table, values);
  return writer.bytes();
}
