import { LvsctlError } from "../errors/mod.ts";
import { FILTER_SYMBOLS } from "./symbols.ts";

const LIBRARY = "libc.so.6";

/** Constants of sys/socket.h. */
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

/** Bytes of struct sock_filter, and of struct sock_fprog with the offset of its pointer (linux/filter.h). */
const INSTRUCTION_LENGTH = 8;
const PROGRAM = { length: 16, filter: 8 } as const;

/**
 * Attaches a filter of the classic BPF to a socket, which then receives only what it accepts.
 *
 * @param descriptor The socket.
 * @param filter Its instructions, as struct sock_filter.
 * @throws {LvsctlError} If the kernel refuses the filter.
 */
export function attachFilter(descriptor: number, filter: Uint8Array<ArrayBuffer>): void {
  const program = new Uint8Array(PROGRAM.length);
  const view = new DataView(program.buffer);
  view.setUint16(0, filter.length / INSTRUCTION_LENGTH, true);
  view.setBigUint64(PROGRAM.filter, BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(filter))), true);
  const library = Deno.dlopen(LIBRARY, FILTER_SYMBOLS);
  try {
    const result = library.symbols.setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length);
    if (result < 0) throw new LvsctlError("the kernel refuses the filter", { operation: "open a packet socket" });
  } finally {
    library.close();
  }
}
