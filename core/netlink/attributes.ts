import { AttributeReader } from "./reader.ts";
import type { MessageWriter } from "./writer.ts";

/** Kinds of attribute values, and what they are in TypeScript. */
export interface AttributeKinds {
  /** 8 bits. */
  u8: number;
  /** 16 bits, host byte order. */
  u16: number;
  /** 16 bits, network byte order. */
  be16: number;
  /** 32 bits, host byte order. */
  u32: number;
  /** 32 bits, network byte order. */
  be32: number;
  /** 64 bits, host byte order. */
  u64: bigint;
  /** Two times 32 bits, host byte order. */
  u32pair: readonly [number, number];
  /** Text with a terminating NUL. */
  string: string;
  /** So many bytes as the attribute's `length` says (any number where it does not); shorter values get zeros. */
  binary: Uint8Array;
  /** Attributes, already encoded or still to be decoded with the table of the nested type. */
  nested: Uint8Array;
}

/** One attribute of a table. */
export interface AttributeSpec {
  /** Number of the attribute. */
  readonly type: number;
  /** Form of its value. */
  readonly kind: keyof AttributeKinds;
  /** Bytes of a `binary` value; any number where it is not given. */
  readonly length?: number;
}

/** All attributes of one nested type by name: the single source of its encoder and its decoder. */
export type AttributeTable = Readonly<Record<string, AttributeSpec>>;

/** Values of a table's attributes; what is absent is not sent, or was not received. */
export type AttributeValues<T extends AttributeTable> = { -readonly [K in keyof T]?: AttributeKinds[T[K]["kind"]] };

/** Writes the values that are there, in the table's order. */
export function encodeAttributes<T extends AttributeTable>(
  writer: MessageWriter,
  table: T,
  values: AttributeValues<T>,
): void {
  for (const name in table) {
    if (!Object.hasOwn(table, name)) continue;
    const value: unknown = values[name];
    const spec = table[name];
    if (value === undefined || spec === undefined) continue;
    writeAttribute(writer, spec, value);
  }
}

function writeAttribute(writer: MessageWriter, { type, kind, length }: AttributeSpec, value: unknown): void {
  if (typeof value === "number") {
    if (kind === "u8" || kind === "u16" || kind === "be16" || kind === "u32" || kind === "be32") {
      return writer[kind](type, value);
    }
  } else if (typeof value === "string") {
    if (kind === "string") return writer.string(type, value);
  } else if (typeof value === "bigint") {
    if (kind === "u64") return writer.u64(type, value);
  } else if (value instanceof Uint8Array) {
    if (kind === "binary") return writer.binary(type, value, length);
    if (kind === "nested") {
      const start = writer.beginNested(type);
      writer.append(value);
      return writer.endNested(start);
    }
  } else if (Array.isArray(value) && kind === "u32pair") {
    return writer.u32pair(type, [Number(value[0]), Number(value[1])]);
  }
  throw new TypeError(`Attribute ${type} is of kind ${kind}: got ${typeof value}`);
}

/**
 * Reads attributes by their table; those that the table does not have are passed over, as newer kernels send more.
 *
 * @param attributes The attributes, without the header of what holds them.
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
  // Each value was read by the kind that the table gives for its name, which is what the type says.
  return values as AttributeValues<T>;
}

/**
 * The value of the attribute that the reader is at.
 *
 * One call for each kind, each of its own: calling by a computed name takes several times as long.
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

/** An attribute of a table, with its name there. */
export interface NamedSpec extends AttributeSpec {
  /** The name. */
  readonly name: string;
}

const indexed = new WeakMap<AttributeTable, readonly (NamedSpec | undefined)[]>();

/** The attributes of a table by their numbers. */
export function specsByType(table: AttributeTable): readonly (NamedSpec | undefined)[] {
  const known = indexed.get(table);
  if (known !== undefined) return known;
  const specs: (NamedSpec | undefined)[] = [];
  for (const [name, spec] of Object.entries(table)) specs[spec.type] = { name, ...spec };
  // Without holes, so that looking up is one load.
  const dense = Array.from(specs);
  indexed.set(table, dense);
  return dense;
}
