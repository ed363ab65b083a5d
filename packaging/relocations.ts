/**
 * Packs the relocations of the runtime, so that starting it touches less memory.
 *
 * Deno's executable is position independent: before it runs, the dynamic loader adds its base address to 159,000
 * pointers, which it finds in a table of 24 bytes each. That table has 932 pages, and reading them is a fifth of a
 * short command where a page fault is dear (virtual machines, User-Mode Linux). The same pointers fit in 11 pages as
 * DT_RELR, the form that linkers write with `-z pack-relative-relocs`: runs of addresses as bitmaps, and what is added
 * to stands where the pointer is. glibc reads it since 2.36 and asks for a version that it has since then; an older
 * one refuses to start such a program and says so.
 *
 * Layout and tags: System V ABI, https://gabi.xinuos.com (Relocation, Dynamic Section); Linux Standard Base, Symbol
 * Versioning, for the version that is asked for.
 *
 * @module
 */

/** Segment types (elf.h, PT_). */
const PT = { load: 1, dynamic: 2, interpreter: 3 } as const;

/** Tags of the dynamic section (elf.h, DT_). */
const DT = {
  null: 0,
  needed: 1,
  stringTable: 5,
  relocations: 7,
  relocationBytes: 8,
  stringTableBytes: 10,
  flags: 30,
  packedBytes: 35,
  packed: 36,
  packedEntryBytes: 37,
  relativeCount: 0x6ffffff9,
  flags1: 0x6ffffffb,
  versionsNeeded: 0x6ffffffe,
  versionsNeededCount: 0x6fffffff,
} as const;

/** DT_FLAGS and DT_FLAGS_1 both say that everything is bound at once (elf.h, DF_BIND_NOW and DF_1_NOW). */
const BIND_NOW = { flags: 8n, flags1: 1n } as const;

/** The relocation that adds the base address, by machine (elf.h, EM_X86_64: R_X86_64_RELATIVE and so on). */
const RELATIVE: ReadonlyMap<number, number> = new Map([[62, 8], [183, 1027]]);

/** What the dynamic loader must know for DT_RELR, as a symbol version of libc's. */
const REQUIRED_VERSION = "GLIBC_ABI_DT_RELR";
const LIBC = "libc.so.6";

const RELOCATION_BYTES = 24;
const WORD_BYTES = 8;
/** Of the 64 bits of a bitmap, the lowest says that it is one. */
const BITMAP_WORDS = 63;

/** An entry of the dynamic section. */
interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
  /** Where it stands in the file. */
  readonly offset: number;
}

/** A library and the versions of its symbols that are asked for (Elf64_Verneed and Elf64_Vernaux, 16 bytes each). */
interface VersionNeed {
  readonly library: string;
  readonly head: Uint8Array;
  readonly versions: Uint8Array[];
}

/**
 * Packs the relative relocations of an ELF executable.
 *
 * @param executable A position-independent executable; it is not changed.
 * @returns The executable with DT_RELR, of the same size; `undefined` if it is not of a form that this understands, or
 * has its relocations packed already: then it is to be used as it is.
 */
export function packRelocations(executable: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Packer(executable.slice()).pack();
  } catch (error) {
    if (error instanceof UnknownFormError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The executable is not of the form that is understood. */
class UnknownFormError extends Error {}

class Packer {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #segments: readonly { readonly offset: number; readonly address: number; readonly size: number }[];
  readonly #dynamic: readonly DynamicEntry[];
  readonly #interpreter: string;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    const isElf64LittleEndian = this.#view.getUint32(0, false) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
    if (!isElf64LittleEndian) throw new UnknownFormError();
    const headers = this.#programHeaders();
    this.#segments = headers.filter(({ type }) => type === PT.load);
    const dynamic = headers.find(({ type }) => type === PT.dynamic);
    const interpreter = headers.find(({ type }) => type === PT.interpreter);
    if (dynamic === undefined || interpreter === undefined) throw new UnknownFormError();
    this.#dynamic = this.#readDynamic(dynamic.offset, dynamic.size);
    this.#interpreter = this.#text(interpreter.offset).split("/").at(-1) ?? "";
  }

  pack(): Uint8Array<ArrayBuffer> {
    const table = this.#value(DT.relocations);
    const start = this.#fileOffset(table);
    const end = start + this.#value(DT.relocationBytes);
    const slots = this.#freeSlots();
    const { targets, others } = this.#takeRelative(start, end);

    let position = start;
    const put = (bytes: Uint8Array): number => {
      const at = position;
      if (at + bytes.length > end) throw new UnknownFormError();
      this.#bytes.set(bytes, at);
      position = at + Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES;
      return table + (at - start);
    };
    this.#bytes.fill(0, start, end);
    put(concatenate(others));
    this.#set(this.#entry(DT.relocationBytes), { value: others.length * RELOCATION_BYTES });

    const packed = encodePacked(targets);
    const packedAddress = put(packed);
    slots.forEach((slot, index) => {
      const entries = [
        { tag: DT.packed, value: packedAddress },
        { tag: DT.packedBytes, value: packed.length },
        { tag: DT.packedEntryBytes, value: WORD_BYTES },
      ];
      const entry = entries[index];
      if (entry !== undefined) this.#set(slot, entry);
    });
    this.#requireVersion(put);
    return this.#bytes;
  }

  /** Takes the relative relocations out of the table, and puts what they add to where the pointers are. */
  #takeRelative(start: number, end: number): { readonly targets: number[]; readonly others: Uint8Array[] } {
    const relative = RELATIVE.get(this.#view.getUint16(18, true));
    const targets: number[] = [];
    const others: Uint8Array[] = [];
    for (let offset = start; offset < end; offset += RELOCATION_BYTES) {
      const target = this.#number(offset);
      if (this.#view.getUint32(offset + 8, true) === relative && target % 2 === 0) {
        targets.push(target);
        const addend = this.#view.getBigUint64(offset + 16, true);
        this.#view.setBigUint64(this.#fileOffset(target), addend, true);
      } else others.push(this.#bytes.slice(offset, offset + RELOCATION_BYTES));
    }
    if (targets.length === 0) throw new UnknownFormError();
    return { targets: targets.sort((a, b) => a - b), others };
  }

  /** Three entries of the dynamic section that nothing needs: it is followed by other data and cannot grow. */
  #freeSlots(): DynamicEntry[] {
    const bindsNow = this.#value(DT.flags1, 0) % 2 === Number(BIND_NOW.flags1);
    const free = this.#dynamic.filter(({ tag, value }) =>
      // Counts what is taken away.
      tag === DT.relativeCount ||
      // Says only what DT_FLAGS_1 says too.
      (tag === DT.flags && BigInt(value) === BIND_NOW.flags && bindsNow) ||
      // The loader itself, which is there before anything else.
      (tag === DT.needed && this.#string(value) === this.#interpreter)
    );
    if (free.length < 3 || this.#dynamic.some(({ tag }) => tag === DT.packed)) throw new UnknownFormError();
    return free.slice(0, 3);
  }

  /** Adds {@linkcode REQUIRED_VERSION} to the versions that libc has to have. */
  #requireVersion(put: (bytes: Uint8Array) => number): void {
    const strings = this.#entry(DT.stringTable);
    const stringBytes = this.#value(DT.stringTableBytes);
    const stringStart = this.#fileOffset(strings.value);
    const needs = this.#versionNeeds();
    const libc = needs.find(({ library }) => library === LIBC);
    if (libc === undefined) throw new UnknownFormError();
    libc.versions.push(this.#versionEntry(needs, stringBytes));

    const oldStrings = this.#bytes.slice(stringStart, stringStart + stringBytes);
    const newStrings = concatenate([oldStrings, new TextEncoder().encode(`${REQUIRED_VERSION}\0`)]);
    const versions = encodeVersionNeeds(needs);
    this.#set(this.#entry(DT.versionsNeeded), { value: put(versions) });
    this.#set(strings, { value: put(newStrings) });
    this.#set(this.#entry(DT.stringTableBytes), { value: newStrings.length });
  }

  #versionEntry(needs: readonly VersionNeed[], name: number): Uint8Array {
    const indices = needs.flatMap(({ versions }) => versions.map((version) => viewOf(version).getUint16(6, true)));
    const entry = new Uint8Array(16);
    const view = viewOf(entry);
    view.setUint32(0, elfHash(REQUIRED_VERSION), true);
    view.setUint16(6, Math.max(...indices) + 1, true);
    view.setUint32(8, name, true);
    return entry;
  }

  #versionNeeds(): VersionNeed[] {
    const needs: VersionNeed[] = [];
    let offset = this.#fileOffset(this.#value(DT.versionsNeeded));
    for (let left = this.#value(DT.versionsNeededCount); left > 0; left--) {
      const versions: Uint8Array[] = [];
      let position = offset + this.#view.getUint32(offset + 8, true);
      for (let count = this.#view.getUint16(offset + 2, true); count > 0; count--) {
        versions.push(this.#bytes.slice(position, position + 16));
        position += this.#view.getUint32(position + 12, true);
      }
      const library = this.#string(this.#view.getUint32(offset + 4, true));
      needs.push({ library, head: this.#bytes.slice(offset, offset + 16), versions });
      offset += this.#view.getUint32(offset + 12, true);
    }
    return needs;
  }

  #programHeaders(): { readonly type: number; readonly offset: number; readonly address: number; size: number }[] {
    const start = this.#number(32);
    const bytes = this.#view.getUint16(54, true);
    return Array.from({ length: this.#view.getUint16(56, true) }, (_, index) => {
      const at = start + index * bytes;
      const type = this.#view.getUint32(at, true);
      return { type, offset: this.#number(at + 8), address: this.#number(at + 16), size: this.#number(at + 32) };
    });
  }

  #readDynamic(offset: number, size: number): DynamicEntry[] {
    const entries: DynamicEntry[] = [];
    for (let at = offset; at < offset + size; at += 16) {
      const tag = this.#number(at);
      if (tag === DT.null) break;
      entries.push({ tag, value: this.#number(at + 8), offset: at });
    }
    return entries;
  }

  #entry(tag: number): DynamicEntry {
    const entry = this.#dynamic.find((candidate) => candidate.tag === tag);
    if (entry === undefined) throw new UnknownFormError();
    return entry;
  }

  #value(tag: number, otherwise?: number): number {
    const entry = this.#dynamic.find((candidate) => candidate.tag === tag);
    if (entry === undefined && otherwise !== undefined) return otherwise;
    return this.#entry(tag).value;
  }

  #set({ tag, offset }: DynamicEntry, entry: { readonly tag?: number; readonly value: number }): void {
    this.#view.setBigUint64(offset, BigInt(entry.tag ?? tag), true);
    this.#view.setBigUint64(offset + 8, BigInt(entry.value), true);
  }

  #number(offset: number): number {
    return Number(this.#view.getBigUint64(offset, true));
  }

  /** Where an address of the running program stands in the file. */
  #fileOffset(address: number): number {
    const segment = this.#segments.find((candidate) =>
      address >= candidate.address && address < candidate.address + candidate.size
    );
    if (segment === undefined) throw new UnknownFormError();
    return address - segment.address + segment.offset;
  }

  #string(offset: number): string {
    return this.#text(this.#fileOffset(this.#value(DT.stringTable)) + offset);
  }

  #text(offset: number): string {
    return new TextDecoder("latin1").decode(this.#bytes.subarray(offset, this.#bytes.indexOf(0, offset)));
  }
}

/** Addresses in ascending order as DT_RELR: an address, then bitmaps of the words that follow it. */
function encodePacked(addresses: readonly number[]): Uint8Array {
  const words: bigint[] = [];
  let index = 0;
  while (index < addresses.length) {
    const first = addresses[index++] ?? 0;
    words.push(BigInt(first));
    for (let base = first + WORD_BYTES;; base += BITMAP_WORDS * WORD_BYTES) {
      let bitmap = 0n;
      for (; index < addresses.length; index++) {
        const distance = (addresses[index] ?? 0) - base;
        if (distance >= BITMAP_WORDS * WORD_BYTES || distance % WORD_BYTES !== 0) break;
        bitmap |= 1n << BigInt(distance / WORD_BYTES);
      }
      if (bitmap === 0n) break;
      words.push((bitmap << 1n) | 1n);
    }
  }
  return new Uint8Array(BigUint64Array.from(words).buffer);
}

function encodeVersionNeeds(needs: readonly VersionNeed[]): Uint8Array {
  needs.forEach(({ head, versions }, index) => {
    const view = viewOf(head);
    view.setUint16(2, versions.length, true);
    view.setUint32(8, 16, true);
    view.setUint32(12, index === needs.length - 1 ? 0 : 16 * (1 + versions.length), true);
    versions.forEach((version, at) => viewOf(version).setUint32(12, at === versions.length - 1 ? 0 : 16, true));
  });
  return concatenate(needs.flatMap(({ head, versions }) => [head, ...versions]));
}

/** The hash of a version's name (System V ABI, Hash Table). */
function elfHash(name: string): number {
  let hash = 0;
  for (const byte of new TextEncoder().encode(name)) {
    hash = ((hash << 4) + byte) >>> 0;
    const high = hash & 0xf0000000;
    hash = (hash ^ (high >>> 24)) & ~high;
  }
  return hash >>> 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
