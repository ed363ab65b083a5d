/**
 * Opens and reads files: the only folder that does. A file may be anything that a path leads to, so that each kind of
 * file has its own reader: files that a user names, files that lvsctl itself wrote, streams, and files of the kernel.
 *
 * @module
 */

export { openKernelFile, readKernelBytes, readKernelFile, writeKernelFile } from "./kernel_file.ts";
export { checkOwnFile, checkOwnJson, openOwnFile, readOwnFile, readOwnFileEnd } from "./own_file.ts";
export { describeKind, readFileStart, type ReadOptions, readRegularFile } from "./regular_file.ts";
export { isStreamPath, openStream, openTerminal, readStreamBytes, readStreamText } from "./stream.ts";
export { createNewFile, openForWriting } from "./output_file.ts";
export { decodeText } from "./text.ts";
