import type { AttributeSpec, AttributeTable, AttributeValues } from "./attribute_table.ts";
import { type NamedSpec, readAttribute, specsByType } from "./attributes.ts";
import type { AttributeReader } from "./reader.ts";

/**
 * As `decodeAttributes()`, for the entries of one dump: all values are returned in one object, which is valid until
 * the next call, and values equal to the former entry's are not decoded again.
 *
 * Most entries of a table have the same attributes at the same positions, and mostly the same values. The decoder
 * remembers the positions and compares each entry with the former one, word by word. That is a fraction of the work,
 * which matters in a program that ends before its code is compiled.
 */
export class AttributeDecoder<T extends AttributeTable> {
  readonly #specs: readonly (RoomySpec | undefined)[];
  readonly #values: Record<string, unknown> = {};
  readonly #names: readonly string[];
  /** Layout of the former entry; its length is 0 if there is none. */
  #layout: Layout = EMPTY;
  /** Words of the former entry. */
  #last: Int32Array = new Int32Array(64);

  /** Prepares the decoder for a table. */
  constructor(table: T) {
    this.#specs = specsByType(table).map((spec) => spec === undefined ? undefined : { ...spec, ...roomFor(spec) });
    this.#names = Object.keys(table);
  }

  /**
   * Reads all attributes after the reader's position.
   *
   * @throws {NetlinkDecodeError} If the bytes are cut off or a value has the wrong length.
   */
  decode(reader: AttributeReader): AttributeValues<T> {
    const { position, left } = reader;
    if (left !== this.#layout.length || (position & 3) !== 0 || !this.#follow(reader, position >>> 2)) {
      reader.moveTo(position);
      this.#learn(reader);
    }
    // Each value was read by the kind that the table has for its name, as the type requires.
    return this.#values as AttributeValues<T>;
  }

  /** Reads the differences from the former entry; false if the layout differs, or the entry cannot be read. */
  #follow(reader: AttributeReader, first: number): boolean {
    const { words, bytes } = reader.memory;
    const last = this.#last;
    const { length, compared, values } = this.#layout;
    if (length === 0 || first + ((length + 3) >>> 2) > words.length) return false;
    for (let index = 0; index < compared.length; index++) {
      const word = compared[index] ?? 0;
      const value = words[first + word];
      if (value === last[word]) continue;
      const place = values[index];
      if (value === undefined || place === undefined) return false;
      last[word] = value;
      const { header, spec } = place;
      const room = spec.bytes;
      if (room === undefined) {
        this.#readAt(reader, { place, first });
        continue;
      }
      const from = (first + word) * 4;
      const to = (word - header - 1) * 4;
      for (let byte = 0; byte < 4; byte++) room[to + byte] = bytes[from + byte] ?? 0;
    }
    const { views } = this.#layout;
    for (let index = 0; index < views.length; index++) {
      const place = views[index];
      if (place !== undefined) this.#readAt(reader, { place, first });
    }
    // An entry that cannot be read is read again as a whole, for the error.
    return !reader.failed;
  }

  #readAt(reader: AttributeReader, { place, first }: { readonly place: Place; readonly first: number }): void {
    reader.moveTo((first + place.header) * 4);
    if (reader.next()) this.#read(reader, place.spec);
  }

  /** Reads a whole entry, and remembers its layout. */
  #learn(reader: AttributeReader): void {
    const { position, left, memory } = reader;
    for (const name of this.#names) this.#values[name] = undefined;
    // Only an entry that was read to its end is remembered.
    this.#layout = EMPTY;
    const layout = {
      length: left,
      compared: [] as number[],
      values: [] as (Place | undefined)[],
      views: [] as Place[],
    };
    const first = position >>> 2;
    while (reader.next()) {
      const spec = this.#specs[reader.type];
      const header = (reader.start >>> 2) - 1 - first;
      layout.compared.push(header);
      layout.values.push(undefined);
      if (spec === undefined) continue;
      this.#read(reader, spec);
      const place = { header, spec };
      if (isView(spec)) {
        layout.views.push(place);
        continue;
      }
      const end = ((reader.position + 3) >>> 2) - first;
      for (let word = header + 1; word < end; word++) {
        layout.compared.push(word);
        layout.values.push(place);
      }
    }
    reader.finish();
    const count = (left + 3) >>> 2;
    // An entry that is not aligned to words, which no kernel sends, is not remembered.
    if ((position & 3) !== 0 || first + count > memory.words.length) return;
    if (this.#last.length < count) this.#last = new Int32Array(count);
    this.#last.set(memory.words.subarray(first, first + count));
    this.#layout = layout;
  }

  #read(reader: AttributeReader, spec: RoomySpec): void {
    const { name, bytes, pair } = spec;
    if (bytes !== undefined) reader.binaryInto(bytes, name);
    else if (pair !== undefined) reader.u32pairInto(pair, name);
    this.#values[name] = bytes ?? pair ?? readAttribute(reader, spec);
  }
}

/** Positions of an entry's attributes, in words of 32 bits from its start. */
interface Layout {
  /** Length of the entry; bytes. */
  readonly length: number;
  /** The words to compare with the next entry: headers and values. */
  readonly compared: readonly number[];
  /** The attribute whose value each of these words belongs to; `undefined` for a header, with type and length. */
  readonly values: readonly (Place | undefined)[];
  /** Attributes whose values are views of the datagram, and so differ each time. */
  readonly views: readonly Place[];
}

const EMPTY: Layout = { length: 0, compared: [], values: [], views: [] };

/** Position of an attribute's header. */
interface Place {
  readonly header: number;
  readonly spec: RoomySpec;
}

/** An attribute with the memory for its values, unless they are a number or a text. */
interface RoomySpec extends NamedSpec {
  readonly bytes?: Uint8Array;
  readonly pair?: [number, number];
}

function roomFor({ kind, length }: AttributeSpec): Pick<RoomySpec, "bytes" | "pair"> {
  if (kind === "u32pair") return { pair: [0, 0] };
  return kind === "binary" && length !== undefined ? { bytes: new Uint8Array(length) } : {};
}

function isView({ kind, length }: AttributeSpec): boolean {
  return kind === "nested" || (kind === "binary" && length === undefined);
}
