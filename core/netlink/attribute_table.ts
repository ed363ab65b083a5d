/** Kinds of attribute values, and their types in TypeScript. */
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
  /** Bytes, padded with zeros to the attribute's `length`; any number without a `length`. */
  binary: Uint8Array;
  /** Encoded attributes; the nested type has its own table. */
  nested: Uint8Array;
}

/** One attribute of a table. */
export interface AttributeSpec {
  /** Number of the attribute. */
  readonly type: number;
  /** Form of its value. */
  readonly kind: keyof AttributeKinds;
  /** Bytes of a `binary` value; any number by default. */
  readonly length?: number;
}

/** All attributes of one nested type by name: the single source of its encoder and its decoder. */
export type AttributeTable = Readonly<Record<string, AttributeSpec>>;

/** Values of a table's attributes; an absent one is not sent, or was not received. */
export type AttributeValues<T extends AttributeTable> = { -readonly [K in keyof T]?: AttributeKinds[T[K]["kind"]] };
