import type { AttributeSpec, AttributeTable, AttributeValues } from "./attribute_table.ts";
import { AttributeReader } from "./reader.ts";

/**
 * Reads attributes by their table, and skips those that it does not have: newer kernels send more.
 *
 * @param attributes The attributes, without the header before them.
 * @throws {NetlinkDecodeError} If the bytes are cut off or a value has the wrong length.
 */
export function decodeAttributes<T extends AttributeTable>(
  attributes: Uint8Array | AttributeReader,
  table: T,
): AttributeValues<T> {
  const reader = attributes instanceof AttributeReader ? attributes : new AttributeReader(attributes);
  const specs = specsByType(table);
  const values: Record<string, unknown> = {};
  while (reader.next()) {
    const spec = specs[reader.type];
    if (spec !== undefined) values[spec.name] = readAttribute(reader, spec);
  }
  reader.finish();
  // Each value was read by the kind that the table has for its name, as the type requires.
  return values as AttributeValues<T>;
}

/**
 * The value of the reader's current attribute.
 *
 * Each kind has its own call, because a call by a computed name takes several times as long.
 */
export function readAttribute(reader: AttributeReader, { name, kind, length }: NamedSpec): unknown {
  switch (kind) {
    case "u32":
      return reader.u32(name);
    case "u16":
      return reader.u16(name);
    case "be16":
      return reader.be16(name);
    case "u8":
      return reader.u8(name);
    case "be32":
      return reader.be32(name);
    case "u64":
      return reader.u64(name);
    case "u32pair":
      return reader.u32pair(name);
    case "string":
      return reader.string(name);
    case "binary":
      return length === undefined ? reader.nested() : reader.binary(name, length);
    case "nested":
      return reader.nested();
  }
}

/** An attribute of a table, with its name. */
export interface NamedSpec extends AttributeSpec {
  /** Name of the attribute. */
  readonly name: string;
}

const indexed = new WeakMap<AttributeTable, readonly (NamedSpec | undefined)[]>();

/** The attributes of a table by their numbers. */
export function specsByType(table: AttributeTable): readonly (NamedSpec | undefined)[] {
  const known = indexed.get(table);
  if (known !== undefined) return known;
  const specs: (NamedSpec | undefined)[] = [];
  for (const [name, spec] of Object.entries(table)) specs[spec.type] = { name, ...spec };
  // Without holes, so that a lookup is one load.
  const dense = Array.from(specs);
  indexed.set(table, dense);
  return dense;
}
